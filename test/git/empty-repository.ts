import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { scratchDirectory } from "../support/scratch.ts";

const identity = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

/**
 * A repository without a commit, in a directory `top` with nothing else, for one test. Its path has a colon, which parts
 * lists of git; git is Ada's, and reads no configuration of the machine.
 */
export function emptyRepository(more: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries({ ...identity, ...more })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const top = scratchDirectory();
  const repository = join(top, "a:project");
  mkdirSync(repository);
  execFileSync("git", ["init", "--quiet", "--initial-branch", "main"], { cwd: repository });
  return { top, repository };
}
