import type { ImageSummary } from "../../ecr/types.ts";
import type { GitFacts } from "../../git/repository.ts";
import type { Digest } from "../../oci/reference.ts";
import { commandLine } from "../../wording.ts";
import { permissionProblem } from "../denied.ts";
import type { TargetFacts } from "../observed.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { type Inputs, inputsOf } from "./identity.ts";
import { dirtyVersion, versionsOfTags, type WantedTag, wantedTags } from "./tags.ts";
import { chooseVersion } from "./version.ts";

/** What is released: which version of which content, under which tags. */
export interface Subject {
  readonly version: string;
  readonly because: string;
  readonly tags: readonly WantedTag[];
  readonly inputs: Inputs;
}

/** The subject of a release, or the problems that leave it without one. */
export type SubjectChoice =
  | { readonly subject: Subject; readonly problems: readonly Problem[] }
  | { readonly subject?: undefined; readonly problems: readonly Problem[] };

/** Decides version, tags and identity from the request, git and the tags in the registries. */
export function chooseSubject(
  request: Request,
  git: GitFacts,
  targets: readonly Pick<TargetFacts, "id" | "images" | "unlisted">[],
): SubjectChoice {
  const dirty = dirtyProblems(request, git);
  const unlisted = unlistedProblems(request, targets);
  if (unlisted.length > 0) return { problems: [...dirty, ...unlisted] };
  const choice = chooseVersion(request.version, {
    registry: targets.flatMap((target) => [...knownVersions(request, target).keys()]),
    git,
    gitPrefix: request.tags.gitPrefix,
  });
  if ("problem" in choice) return { problems: [...dirty, choice.problem] };
  const version = dirtyVersion(choice.version, git.worktree);
  const { commit, committedAt, branch, worktree } = git;
  const { rebuild } = request;
  const facts = { version, commit, committedAt, branch, worktree, rebuild };
  const wanted = wantedTags(request.tags, facts);
  return {
    subject: {
      version,
      because: choice.because,
      tags: wanted.tags,
      inputs: inputsOf(request.build, request.image, git, rebuild ? version : undefined),
    },
    problems: [...dirty, ...wanted.problems],
  };
}

/** The versions that a target's tags name, with their tags. */
export function knownVersions(
  { tags }: Pick<Request, "tags">,
  { images }: { readonly images: readonly Pick<ImageSummary, "tags">[] },
): Map<string, string> {
  return versionsOfTags(
    images.flatMap((image) => image.tags),
    tags.version,
  );
}

/** The image that has the tag, among those that were seen. */
export function digestOfTag(
  images: readonly Pick<ImageSummary, "digest" | "tags">[],
  tag: string | undefined,
): Digest | undefined {
  return images.find(({ tags }) => tag !== undefined && tags.includes(tag))?.digest;
}

/** The next version comes after all others, and without the list nobody knows them. */
function unlistedProblems(
  { version }: Request,
  targets: readonly Pick<TargetFacts, "id" | "unlisted">[],
): Problem[] {
  if (version.kind !== "bump") return [];
  return targets.flatMap(({ id, unlisted }) => {
    if (unlisted === undefined) return [];
    const problem = permissionProblem(unlisted, id);
    const remedy = `name the version (slipway release 1.4.0), or ${problem.remedy}`;
    return [{ ...problem, message: `the next ${version.bump}: ${problem.message}`, remedy }];
  });
}

/** An image of a tree that no commit names cannot be made again. */
export function dirtyProblems({ git: { allowDirty } }: Request, git: GitFacts): Problem[] {
  if (allowDirty || git.worktree === null) return [];
  const more =
    git.dirtyCount > git.dirty.length ? ` and ${git.dirtyCount - git.dirty.length} more` : "";
  return [
    {
      code: "DIRTY_TREE",
      message: `the working tree differs from commit ${git.commit.slice(0, 12)}: ${git.dirty.join(", ")}${more}`,
      remedy: `${unhiding(git)}commit or stash the changes, or pass --allow-dirty, which marks the tags`,
    },
  ];
}

/** `git status` says nothing of them, and neither `git commit` nor `git stash` takes them along. */
function unhiding({ directory, hidden }: GitFacts): string {
  // Unlike a pathspec, a path of git-update-index(1) is never one from the root.
  const top = directory === "" ? [] : ["-C", directory.replaceAll(/[^/]+/g, "..")];
  const commands = [...new Set(hidden.map(({ flag }) => flag))].map((flag) => {
    const paths = hidden.filter((one) => one.flag === flag).map(({ path }) => path);
    return commandLine(["git", ...top, "update-index", `--no-${flag}`, "--", ...paths]);
  });
  return commands.map((command) => `let git look at it again: ${command}\n`).join("");
}
