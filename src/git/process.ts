import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { type RunOptions, type RunResult, run } from "../run.ts";

export interface GitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a question may take. */
export const limit = 60_000;

/**
 * What a user's configuration may not change, for submodules too, into which git asks by itself: a monitor's word is
 * not taken for what has changed, and untracked files count.
 */
const unswayed = ["-c", "core.fsmonitor=false", "-c", "status.showUntrackedFiles=normal"];

/** They would make other pathspecs of ours (git(1)). */
const ofPathspecs = ["LITERAL", "GLOB", "NOGLOB", "ICASE"].map((kind) => `GIT_${kind}_PATHSPECS`);

/** What git gives to hooks: the repository and the index that the hook is of (`git rev-parse --local-env-vars`). */
const ofRepository = [
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"],
  ...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"],
];

/** The repository that counts is the one around the directory, where there is one. */
function withoutHooks(directory: string): RunOptions["env"] {
  const isAround = repositoryAround(resolve(directory)) !== undefined;
  const names = [...ofPathspecs, ...(isAround ? ofRepository : [])];
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** The top of the working tree that an absolute directory is in. */
export function repositoryAround(directory: string): string | undefined {
  if (existsSync(join(directory, ".git"))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : repositoryAround(above);
}

/** Asks git; its exit status is part of the answer. Throws TOOL_MISSING without git, INTERRUPTED, PROCESS_FAILED out of time. */
export function git(
  directory: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return run("git", [...unswayed, ...args], {
    timeout: limit,
    ...options,
    cwd: directory,
    // Asking must not lock a repository that the user's editor watches too.
    env: {
      ...withoutHooks(directory),
      LC_ALL: "C",
      GIT_OPTIONAL_LOCKS: "0",
      ...options.env,
    },
  });
}

/** Where git writes objects, when it is not to write into the repository whose objects it reads. */
export function objectsIn(own: string, ofRepository: string) {
  return {
    GIT_OBJECT_DIRECTORY: own,
    // A list, in which a colon parts what has no quotes around it (git(1)).
    GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(ofRepository),
  };
}

/** What git said, as GIT_FAILED. */
export function failed(answer: RunResult, suggestions: readonly string[] = []): SlipwayError {
  // A remote's address may carry a token, and git repeats it.
  const said = answer.errorTail
    .slice(-5)
    .join("\n")
    .replace(/:\/\/[^/@\s]+@/g, "://");
  return new SlipwayError("GIT_FAILED", `git failed: ${said || `exit ${answer.exitCode}`}`, {
    suggestions,
  });
}
