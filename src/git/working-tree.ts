import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RunOptions } from "../run.ts";
import { makeScratch } from "../scratch.ts";
import { copyWithTime } from "./hidden.ts";
import { failed, type GitOptions, git, limit, objectsIn } from "./process.ts";

export interface TreeQuestion {
  readonly directory: string;
  /** Files from the root that are left as the index has them. */
  readonly own: readonly string[];
  readonly signal: GitOptions["signal"];
  /** Where git finds the index that is looked through, if not in its own place. */
  readonly env: NonNullable<RunOptions["env"]>;
  /** Those that are not as the index has them, from the root. */
  readonly submodules: readonly string[];
  /** What is to be known of a submodule at this place. */
  inside(path: string): Promise<{ readonly commit: string; readonly worktree: string | null }>;
}

/** The tree of the working tree as it is, made with an index and an object store of its own. */
export async function treeOf({ directory, own, signal, ...rest }: TreeQuestion): Promise<string> {
  const question = ["rev-parse", "--show-toplevel", "--git-path", "index", "--git-path", "objects"];
  const places = await git(directory, question, { signal, env: rest.env });
  if (places.exitCode !== 0) throw failed(places);
  // Relative to the directory that was asked about.
  const [root = "", index = "", objects = ""] = places.stdout.split("\n");
  await using scratch = await makeScratch("git");
  const ownIndex = join(scratch.path, "index");
  await mkdir(join(scratch.path, "objects"));
  // A copy of the index knows which files are unchanged: only the others are read.
  const kept = resolve(directory, index);
  if (existsSync(kept)) await copyWithTime(kept, ownIndex);
  const env = {
    GIT_INDEX_FILE: ownIndex,
    ...objectsIn(join(scratch.path, "objects"), resolve(directory, objects)),
  };
  const paths = allBut(await notIgnored(own, root, signal));
  // Line ends that git would not give back are no reason not to look.
  const add = ["-c", "core.safecrlf=false", "add", "--all", ...paths];
  const added = await git(root, add, { env, signal, timeout: 5 * limit });
  if (added.exitCode !== 0) throw failed(added);
  await enterSubmodules(root, rest, { env, signal });
  const tree = await git(root, ["write-tree"], { env, signal });
  if (tree.exitCode !== 0) throw failed(tree);
  return tree.stdout;
}

/**
 * git keeps of a submodule its commit alone, whatever has changed there since, and `git add` not even that where
 * .gitmodules wants it ignored. In the index of our own its tree as it is now stands in the commit's place: git asks for
 * no such object, and another change is another tree.
 */
async function enterSubmodules(
  root: string,
  { submodules, inside }: Pick<TreeQuestion, "submodules" | "inside">,
  options: RunOptions,
): Promise<void> {
  for (const path of submodules) {
    const { commit, worktree } = await inside(join(root, path));
    const entry = `160000,${worktree ?? commit},${path}`;
    const entered = await git(root, ["update-index", "--cacheinfo", entry], options);
    if (entered.exitCode !== 0) throw failed(entered);
  }
}

/** A pathspec for all but these files (gitglossary(7)). */
export function allBut(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  return ["--", ":(top)", ...paths.map((path) => `:(top,exclude,literal)${path}`)];
}

/** `git add` refuses a pathspec that names an ignored file, even to leave it out (git-check-ignore(1)). */
async function notIgnored(paths: readonly string[], root: string, signal: GitOptions["signal"]) {
  if (paths.length === 0) return [];
  // With ./ before it, a name that begins with a colon is no pathspec of another meaning.
  const input = paths.map((path) => `./${path}`).join("\0");
  const { stdout } = await git(root, ["check-ignore", "-z", "--stdin"], { signal, input });
  const ignored = stdout.split("\0");
  return paths.filter((path) => !ignored.includes(`./${path}`));
}
