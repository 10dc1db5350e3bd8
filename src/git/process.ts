import { SlipwayError } from "../errors.ts";
import { type RunOptions, type RunResult, run } from "../run.ts";

export interface GitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a question may take. */
export const limit = 60_000;

/** Asks git; its exit status is part of the answer. Throws TOOL_MISSING without git, INTERRUPTED, PROCESS_FAILED out of time. */
export function git(
  directory: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return run("git", args, {
    timeout: limit,
    ...options,
    cwd: directory,
    // Asking must not lock a repository that the user's editor watches too.
    env: { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", ...options.env },
  });
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
