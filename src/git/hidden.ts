import { copyFile, stat, utimes } from "node:fs/promises";
import { resolve } from "node:path";
import { type Flagged, flags } from "./printed.ts";
import { failed, type GitOptions, git } from "./process.ts";

/** Lists all files of the repository and of its submodules with the flags that they have in the index. */
export const flagsQuestion = [
  ...["ls-files", "-v", "-z", "--full-name", "--recurse-submodules"],
  ...["--", ":/"],
];

/**
 * Files that git was told to take for unchanged, from what `parseFlags` read of one repository: a build copies them as they are.
 * In a sparse checkout git itself skips what is left out, and looks whether it is there (git-update-index(1)).
 */
export async function hiddenFiles(
  directory: string,
  flagged: readonly Flagged[],
  { signal }: GitOptions,
): Promise<readonly Flagged[]> {
  if (!flagged.some(({ flag }) => flag === "skip-worktree")) return flagged;
  const question = ["config", "--type=bool", "--get", "core.sparseCheckout"];
  const { stdout } = await git(directory, question, { signal });
  return stdout === "true" ? flagged.filter(({ flag }) => flag !== "skip-worktree") : flagged;
}

/** Makes at `copy` an index in which nothing is hidden, and answers with the environment that git takes it from. */
export async function unhide(
  hidden: readonly Flagged[],
  { directory, copy, signal }: GitOptions & { readonly directory: string; readonly copy: string },
): Promise<{ readonly GIT_INDEX_FILE: string }> {
  const question = ["rev-parse", "--show-toplevel", "--git-path", "index"];
  const places = await git(directory, question, { signal });
  if (places.exitCode !== 0) throw failed(places);
  const [root = "", index = ""] = places.stdout.split("\n");
  await copyWithTime(resolve(directory, index), copy);
  const env = { GIT_INDEX_FILE: copy };
  for (const flag of flags) {
    const paths = hidden.filter((one) => one.flag === flag).map(({ path }) => `${path}\0`);
    const take = ["update-index", `--no-${flag}`, "-z", "--stdin"];
    const taken = await git(root, take, { signal, env, input: paths.join("") });
    if (taken.exitCode !== 0) throw failed(taken);
  }
  return env;
}

/**
 * Copies an index. By its time git sees which files may have changed in the same second that it was written
 * (gitformat-index(5)); a younger one would hide such a change.
 */
export async function copyWithTime(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  await copyFile(from, to);
  await utimes(to, atime, mtime);
}
