import semver, { type SemVer } from "semver";
import type { GitFacts } from "../../git/repository.ts";
import type { Problem, ProblemCode } from "../problem.ts";
import type { VersionWish } from "../request.ts";

/** The version to release and why it is that one. */
export interface ChosenVersion {
  readonly version: string;
  readonly because: string;
}

export type VersionChoice = ChosenVersion | { readonly problem: Problem };

/** What is known of versions before: in the registries and in git. */
export interface KnownVersions {
  readonly registry: readonly string[];
  readonly git: Pick<GitFacts, "tags" | "tagsAtHead" | "shallow">;
  readonly gitPrefix: string;
}

/** What was read of each text: a repository of tens of thousands of versions is sorted and searched many times. */
const readBefore = new Map<string, SemVer | null>();

/** The parts of the version in `text`; `null` when it is none. */
export function partsOf(text: string): Readonly<SemVer> | null {
  // Most tags are none, such as those of commits, and semver makes an error of each.
  if (!/^\s*v?\d/.test(text)) return null;
  let parts = readBefore.get(text);
  if (parts === undefined) {
    parts = semver.parse(text);
    readBefore.set(text, parts);
  }
  return parts;
}

/** Semver's precedence, and build metadata after it, so that the order is total. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(partsOf(a) ?? a, partsOf(b) ?? b);
}

export function isPrerelease(version: string): boolean {
  return (partsOf(version)?.prerelease ?? []).length > 0;
}

/** The version in `text`, build metadata kept; `undefined` when it is none. A `v` before it is allowed. */
export function parseVersion(text: string): string | undefined {
  const parsed = partsOf(text);
  if (!parsed) return undefined;
  return parsed.build.length > 0 ? `${parsed.version}+${parsed.build.join(".")}` : parsed.version;
}

/** The versions that git tags name, with the configured prefix in front. */
export function versionsOfGitTags(tags: readonly string[], prefix: string): string[] {
  return tags.flatMap((tag) => {
    const version = tag.startsWith(prefix) ? parseVersion(tag.slice(prefix.length)) : undefined;
    return version === undefined ? [] : [version];
  });
}

/** Chooses the version a release is for: the one wished for, the next after the highest known, or the git tag's. */
export function chooseVersion(wish: VersionWish, known: KnownVersions): VersionChoice {
  if (wish.kind === "exact") return exactVersion(wish, known);
  if (wish.kind === "bump") return nextVersion(wish, known);
  return taggedVersion(known);
}

function exactVersion(
  { version: text, because = "asked for" }: Extract<VersionWish, { kind: "exact" }>,
  known: KnownVersions,
): VersionChoice {
  const version = parseVersion(text);
  if (version === undefined) {
    return problem(
      "VERSION_INVALID",
      `'${text}' is not a semantic version`,
      "write it as 1.4.0, or say major, minor or patch",
    );
  }
  const gitTag = `${known.gitPrefix}${version}`;
  if (known.git.tags.includes(gitTag) && !known.git.tagsAtHead.includes(gitTag)) {
    return problem(
      "GIT_TAG_ELSEWHERE",
      `git tag ${gitTag} points to another commit than HEAD`,
      `git checkout ${gitTag}\nor release another version`,
    );
  }
  return { version, because };
}

function nextVersion(
  { bump, preid }: Extract<VersionWish, { kind: "bump" }>,
  known: KnownVersions,
): VersionChoice {
  const { git, gitPrefix, registry } = known;
  if (git.shallow && git.tags.length === 0) return shallow(`the next ${bump}`);
  const versions = [...registry, ...versionsOfGitTags(git.tags, gitPrefix)];
  const highest = versions.sort(compareVersions).at(-1) ?? "0.0.0";
  const version = semver.inc(highest, bump, preid ?? "", preid === undefined ? undefined : "0");
  if (version === null) {
    return problem(
      "VERSION_INVALID",
      `no ${bump} comes after ${highest}`,
      "name the version to release",
    );
  }
  if (versions.length > 0 && compareVersions(version, highest) <= 0) {
    return problem(
      "VERSION_BEHIND",
      `the next ${bump} would be ${version}, which is not higher than ${highest}`,
      "name the version to release, or choose another --preid",
    );
  }
  const after =
    versions.length > 0 ? `${highest}, the highest known` : "nothing: no version is known yet";
  return { version, because: `the next ${bump} after ${after}` };
}

function taggedVersion({ git, gitPrefix }: KnownVersions): VersionChoice {
  const tagged = new Set(versionsOfGitTags(git.tagsAtHead, gitPrefix));
  const versions = withoutCandidates([...tagged]).sort(compareVersions);
  const [version] = versions;
  if (versions.length === 1 && version !== undefined) {
    return { version, because: `git tag ${gitPrefix}${version} is at HEAD` };
  }
  if (versions.length > 1) {
    return problem(
      "VERSION_AMBIGUOUS",
      `several git tags at HEAD name a version: ${versions.join(", ")}`,
      "name the version to release",
    );
  }
  if (git.shallow) return shallow("the version at HEAD");
  return problem(
    "VERSION_MISSING",
    `no git tag ${gitPrefix}MAJOR.MINOR.PATCH is at HEAD`,
    "name the version (slipway release 1.4.0), or say major, minor or patch",
  );
}

/** A commit may bear `1.4.0-rc.1` and then `1.4.0`: the release is what is meant. */
function withoutCandidates(versions: readonly string[]): string[] {
  return versions.filter(
    (version) =>
      !versions.some((other) => other !== version && semver.coerce(version)?.version === other),
  );
}

function shallow(what: string): VersionChoice {
  return problem(
    "SHALLOW_CLONE",
    `${what} cannot be told: this is a shallow clone without tags`,
    "git fetch --unshallow --tags\nin GitHub Actions: fetch-depth: 0 of actions/checkout\nor name the version",
  );
}

function problem(code: ProblemCode, message: string, remedy: string): VersionChoice {
  return { problem: { code, message, remedy } };
}
