import semver from "semver";
import { isTag } from "../../oci/reference.ts";
import type { Problem } from "../problem.ts";
import type { TagTemplates } from "../request.ts";
import { compareVersions, isPrerelease, parseVersion, partsOf } from "./version.ts";

/** `version` and `commit` tags never move; `floating` and `channel` tags move forward in their line. */
export type TemplateKind = "version" | "commit" | "floating" | "channel";

/**
 * A promotion knows two more: a `companion` is the tag by which a signature or an SBOM is found beside a digest
 * (`sha256-….sig`) and follows the source; a `named` one was asked for by its name and belongs to no line.
 */
export type TagKind = TemplateKind | "companion" | "named";

export interface WantedTag {
  readonly tag: string;
  readonly kind: TagKind;
  readonly template: string;
}

export interface WantedTags {
  readonly tags: readonly WantedTag[];
  readonly problems: readonly Problem[];
}

/** What the templates' placeholders stand for. */
export interface TagFacts {
  readonly version: string;
  readonly commit: string;
  readonly committedAt: string;
  readonly branch: string | null;
  /** The working tree's id when it differs from the commit. */
  readonly worktree: string | null;
  /** The commit is built once more, for this version. */
  readonly rebuild?: boolean;
}

/** Each looked up by its name alone: a tag is rendered for every version of a repository. */
const placeholderValues = new Map<string, (facts: TagFacts) => string | undefined>([
  ["version", ({ version }) => version.replace("+", "_")],
  ["major", ({ version }) => partsOf(version)?.major.toString()],
  ["minor", ({ version }) => partsOf(version)?.minor.toString()],
  ["patch", ({ version }) => partsOf(version)?.patch.toString()],
  ["prerelease", ({ version }) => partsOf(version)?.prerelease.join(".")],
  ["channel", ({ version }) => channelOf(version)],
  ["branch", ({ branch }) => branch?.replace(/[^A-Za-z0-9._-]+/g, "-")],
  ["date", ({ committedAt }) => committedAt.slice(0, 10).replaceAll("-", "")],
]);

const placeholder = /\{(\w+)(?::(\d+))?\}/g;

/**
 * All tags of a release. A prerelease gets no floating tag; a version with major 0 no bare `0`, for it
 * would promise a compatibility that 0.x does not have; a changed working tree no tag that moves.
 */
export function wantedTags(templates: TagTemplates, facts: TagFacts): WantedTags {
  const moving: TemplateKind = isPrerelease(facts.version) ? "channel" : "floating";
  const kinds: readonly TemplateKind[] = ["version", "commit", ...(facts.worktree ? [] : [moving])];
  const wanted = kinds.flatMap((kind) =>
    templates[kind].map((template) => {
      const mark = kind === "commit" ? commitMark(facts) : "";
      return { kind, template, tag: `${renderTag(template, facts)}${mark}` };
    }),
  );
  const tags = wanted.filter((tag) => !isMeaningless(tag, facts.version));
  return { tags: tags.filter(isFirst), problems: tags.flatMap((tag) => tagProblems(tag, facts)) };
}

/**
 * A template with its placeholders replaced. `+` becomes `_`, which semver never uses, so that no two
 * versions share a tag (`+` is illegal in tags: distribution#1201); other illegal characters of a branch become `-`.
 */
export function renderTag(template: string, facts: TagFacts): string {
  return template.replace(placeholder, (whole, name: string, digits?: string) => {
    if (name === "sha")
      return facts.commit.slice(0, digits === undefined ? undefined : Number(digits));
    return placeholderValues.get(name)?.(facts) ?? whole;
  });
}

/** The tag that a template gives a version; of commit and branch it knows nothing. */
export function renderVersion(template: string, version: string): string {
  return renderTag(template, {
    version,
    commit: "",
    committedAt: "",
    branch: null,
    worktree: null,
  });
}

/** The versions whose version tags stand in a registry, read back through the first version template. */
export function versionsOfTags(
  tags: Iterable<string>,
  [template = "{version}"]: readonly string[],
): Map<string, string> {
  const [before = "", after = ""] = template.split("{version}");
  const versions = new Map<string, string>();
  for (const tag of tags) {
    if (!tag.startsWith(before) || !tag.endsWith(after)) continue;
    const middle = tag.slice(before.length, tag.length - after.length);
    const version = parseVersion(middle.replace("_", "+"));
    if (version !== undefined && middle === version.replace("+", "_")) versions.set(version, tag);
  }
  return versions;
}

export type FloatingDecision =
  | { readonly move: true; readonly because: string }
  | { readonly move: false; readonly because: string };

/**
 * Whether a floating tag goes to `version`: only when no version of its line is higher. The line is
 * every known version for which the same template gives the same tag, so `1.3.9` after `1.4.0` moves
 * `1.3` and leaves `1` and `latest` alone. A tag that was rolled back waits for a version `newerThan` the
 * one that it was rolled back from, whatever the line still holds.
 */
export function decideFloating(
  wanted: WantedTag,
  version: string,
  known: Iterable<string>,
  newerThan?: string,
): FloatingDecision {
  if (isHeldBack(version, newerThan)) {
    return { move: false, because: `rolled back: only a version newer than ${newerThan} moves it` };
  }
  const highest = highestOfLine(wanted, known);
  if (highest !== undefined && compareVersions(highest, version) > 0) {
    return { move: false, because: `${highest} is newer in this line` };
  }
  return { move: true, because: `${version} is the newest of this line` };
}

/** Whether a tag that was rolled back must not go to this version. */
export function isHeldBack(version: string, newerThan: string | undefined): boolean {
  return newerThan !== undefined && compareVersions(version, newerThan) <= 0;
}

/** The highest known version of a floating tag's line; `undefined` when the line is empty. */
export function highestOfLine(
  { tag, template, kind }: WantedTag,
  known: Iterable<string>,
): string | undefined {
  let highest: string | undefined;
  for (const other of known) {
    if (isPrerelease(other) !== (kind === "channel")) continue;
    // To compare costs less than to render, and most are lower than one that was seen.
    if (highest !== undefined && compareVersions(other, highest) < 0) continue;
    if (renderVersion(template, other) === tag) highest = other;
  }
  return highest;
}

/** Version and commit tags are fixed: once written they never move. Nor has a companion of a digest a line to move in. */
export function isFixed({ kind }: Pick<WantedTag, "kind">): boolean {
  return kind === "version" || kind === "commit" || kind === "companion";
}

/** The name of a prerelease's channel: `beta` for `1.4.0-beta.2`, empty when it has only numbers. */
export function channelOf(version: string): string {
  const name = partsOf(version)?.prerelease.find((part) => typeof part === "string");
  return typeof name === "string" ? name : "";
}

/** Marks a version built from a changed working tree, so that it can never be taken for the commit's own. */
export function dirtyVersion(version: string, worktree: string | null): string {
  const [precedence = "", ...build] = version.split("+");
  const mark = dirtyMark(worktree, isPrerelease(version) ? "." : "-");
  return [`${precedence}${mark}`, ...build].join("+");
}

/** Another build of a commit than the first has a commit tag of its own, which names the version it is for. */
function commitMark({ worktree, rebuild, version }: TagFacts): string {
  return `${dirtyMark(worktree, "-")}${rebuild ? `-${version.replace("+", "_")}` : ""}`;
}

/** A hyphen before the id, for semver allows no number with leading zeros between dots. */
function dirtyMark(worktree: string | null, separator: string): string {
  return worktree === null ? "" : `${separator}dirty-${worktree.slice(0, 8)}`;
}

/** `0` or `v0`, which would promise what 0.x does not keep, and the channel of a prerelease that has only numbers. */
export function isMeaningless({ tag, kind, template }: WantedTag, version: string): boolean {
  const majorAlone = template.includes("{major}") && !template.includes("{minor}");
  return (
    (kind === "floating" && majorAlone && semver.major(version) === 0) ||
    (kind === "channel" && tag === "")
  );
}

function isFirst({ tag }: WantedTag, at: number, all: readonly WantedTag[]): boolean {
  return all.findIndex((other) => other.tag === tag) === at;
}

function tagProblems({ tag, template }: WantedTag, { branch }: TagFacts): Problem[] {
  if (branch === null && template.includes("{branch}")) {
    return [
      {
        code: "DETACHED_HEAD",
        message: `tag template '${template}' needs a branch, and HEAD is detached`,
        remedy: "git switch BRANCH\nor leave {branch} out of the template",
      },
    ];
  }
  if (isTag(tag)) return [];
  return [
    {
      code: "TAG_ILLEGAL",
      message: `tag template '${template}' gives '${tag.slice(0, 140)}', which is not a legal tag`,
      remedy:
        "a tag has 1 to 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'",
    },
  ];
}
