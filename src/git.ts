import { existsSync, statSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { SlipwayError } from "./errors.ts";
import { type RunOptions, type RunResult, run } from "./run.ts";

/** What git knows about the commit that is to be released. */
export interface GitFacts {
  /** The working tree's top directory, absolute. */
  readonly root: string;
  /** 40 hex digits, or 64 in a SHA-256 repository. */
  readonly commit: string;
  /** When the commit was made, ISO 8601 in UTC. */
  readonly committedAt: string;
  /** `null` when HEAD is detached, as in most CI checkouts. */
  readonly branch: string | null;
  /** History is cut off, and tags may be missing. */
  readonly shallow: boolean;
  /** Changed and untracked paths from the root, at most 20 of them; `dirtyCount` counts all. */
  readonly dirty: readonly string[];
  readonly dirtyCount: number;
  /** The tree id that the working tree would have if it were committed now; `null` when it is clean. */
  readonly worktree: string | null;
  /** Tags with the prefix, annotated or light, that point to the commit. */
  readonly tagsAtHead: readonly string[];
  /** All tags with the prefix. */
  readonly tags: readonly string[];
  /** origin's address as an https URL without credentials; `null` without origin, or when it is a local path. */
  readonly remote: string | null;
}

export interface GitOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ObserveGitOptions extends GitOptions {
  readonly tagPrefix: string;
  /** Files that do not count as changes, absolute: what Slipway itself writes because it was told to. */
  readonly ownFiles?: readonly string[] | undefined;
}

const limit = 60_000;
const statusQuestion = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames"];
const shownPaths = 20;

/**
 * What a release must know of the repository around `directory`, with `tagPrefix` before the version
 * in git tags. Nothing is written to the repository. Throws GIT_FAILED with the remedy when there is no
 * repository, no commit, or an owner whom git does not trust; TOOL_MISSING when there is no git.
 */
export async function observeGit(
  directory: string,
  { tagPrefix, signal, ownFiles = [] }: ObserveGitOptions,
): Promise<GitFacts> {
  const ask = (args: readonly string[]) => git(directory, args, { signal });
  const paths = pathsWithout(ownFiles, directory);
  const answers = await Promise.all([
    ask([...statusQuestion, `--untracked-files=${paths.length > 0 ? "all" : "normal"}`, ...paths]),
    ask(["rev-parse", "--show-toplevel", "--is-shallow-repository", ...internalPaths]),
    ask(["log", "-1", "--format=%ct"]),
    ask(["for-each-ref", `--format=${tagFormat}`, tagPattern(tagPrefix)]),
    ask(["config", "--get", "remote.origin.url"]),
  ]);
  const [status, places, log, refs, origin] = answers;
  if (status.exitCode !== 0) throw unusable(directory, status);
  const tree = parseStatus(status.stdout);
  if (tree.commit === null) throw withoutCommit(directory);
  for (const answer of [places, log, refs]) if (answer.exitCode !== 0) throw failed(answer);
  const [root = "", shallow, index = "", objects = ""] = places.stdout.split("\n");
  const tags = parseTags(refs.stdout, tagPrefix);
  const worktree =
    tree.dirty.length > 0 ? await treeOf({ root, directory, index, objects, paths, signal }) : null;
  return {
    root,
    commit: tree.commit,
    committedAt: new Date(Number(log.stdout) * 1000).toISOString(),
    branch: tree.branch,
    shallow: shallow === "true",
    dirty: tree.dirty.slice(0, shownPaths),
    dirtyCount: tree.dirty.length,
    worktree,
    tagsAtHead: tags.filter(({ commit }) => commit === tree.commit).map(({ name }) => name),
    tags: tags.map(({ name }) => name),
    remote: webAddress(origin.stdout),
  };
}

/**
 * Creates the annotated tag `name` on `commit`; done already counts as done. Throws GIT_FAILED when
 * the tag is there and points elsewhere, or git refuses (no identity to sign with, for example).
 */
export async function createGitTag(
  directory: string,
  name: string,
  commit: string,
  message: string,
  options: GitOptions = {},
): Promise<void> {
  const there = await tagTarget(directory, name, options);
  if (there === commit) return;
  if (there !== undefined) {
    throw new SlipwayError(
      "GIT_FAILED",
      `the git tag '${name}' points to ${there}, not to ${commit}`,
      { suggestions: [`git show ${name}`, "release another version"] },
    );
  }
  const args = ["tag", "--annotate", "--message", message, "--", name, commit];
  const made = await git(directory, args, { ...options, sharesTerminal: true });
  if (made.exitCode === 0 || (await tagTarget(directory, name, options)) === commit) return;
  throw failed(made, [`git tag ${name} ${commit}`]);
}

/** Pushes a tag to origin; done already counts as done. Throws GIT_FAILED when origin refuses. */
export async function pushGitTag(
  directory: string,
  name: string,
  options: GitOptions = {},
): Promise<void> {
  const ref = `refs/tags/${name}`;
  const pushed = await git(directory, ["push", "--quiet", "origin", `${ref}:${ref}`], {
    ...options,
    timeout: 5 * limit,
    sharesTerminal: true,
  });
  if (pushed.exitCode !== 0) throw failed(pushed, [`git push origin ${ref}`]);
}

/**
 * A repository's address as people open it: `git@host:a/b.git`, `ssh://git@host:22/a/b` and
 * `https://user:token@host/a/b.git` are all `https://host/a/b`. `null` for a local path.
 */
export function webAddress(remote: string): string | null {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)\/?(.+)$/.exec(remote.trim());
  const text = scp ? `ssh://${scp[1]}/${scp[2]}` : remote.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^(?:https?|ssh|git|git\+ssh):$/.test(url.protocol) || !url.hostname) return null;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const origin = isWeb ? `${url.protocol}//${url.host}` : `https://${url.hostname}`;
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return `${origin}${path}`;
}

const internalPaths = ["--git-path", "index", "--git-path", "objects"];
const tagFormat = "%(refname:strip=2)%00%(objectname)%00%(*objectname)";

/** `*` of a reference pattern stops at a slash, so a prefix is matched by us beyond its last one. */
function tagPattern(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  return `refs/tags/${folder}`.replace(/\/$/, "");
}

function parseTags(text: string, prefix: string): { name: string; commit: string }[] {
  const lines = text.split("\n").filter((line) => line.startsWith(prefix) && line !== "");
  return lines.map((line) => {
    const [name = "", object = "", peeled = ""] = line.split("\0");
    return { name, commit: peeled || object };
  });
}

interface TreeStatus {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly dirty: readonly string[];
}

/** Reads `git status --porcelain=v2 --branch -z` (git-status(1), "Porcelain Format Version 2"). */
function parseStatus(text: string): TreeStatus {
  const entries = text.split("\0").filter(Boolean);
  const header = (name: string) =>
    entries.find((entry) => entry.startsWith(`# ${name} `))?.slice(name.length + 3);
  const commit = header("branch.oid") ?? "(initial)";
  const branch = header("branch.head") ?? "(detached)";
  return {
    commit: commit === "(initial)" ? null : commit,
    branch: branch === "(detached)" ? null : branch,
    dirty: entries.flatMap(pathOf),
  };
}

/** Fields before the path: 8 of a changed entry, 10 of an unmerged one, 1 of an untracked one. */
const fieldsBeforePath: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1 };

function pathOf(entry: string): string[] {
  const fields = fieldsBeforePath[entry.charAt(0)];
  return fields === undefined ? [] : [entry.split(" ").slice(fields).join(" ")];
}

interface TreeQuestion {
  readonly root: string;
  /** What the paths that git answers are relative to. */
  readonly directory: string;
  readonly index: string;
  readonly objects: string;
  readonly paths: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** The tree of the working tree as it is, made with an index and an object store of its own. */
async function treeOf(question: TreeQuestion): Promise<string> {
  const { root, directory, index, objects, paths, signal } = question;
  const scratch = await mkdtemp(join(tmpdir(), "slipway-git-"));
  try {
    const ownIndex = join(scratch, "index");
    await mkdir(join(scratch, "objects"));
    // A copy of the index knows which files are unchanged: only the others are read.
    if (existsSync(resolve(directory, index))) await copyFile(resolve(directory, index), ownIndex);
    const env = {
      GIT_INDEX_FILE: ownIndex,
      GIT_OBJECT_DIRECTORY: join(scratch, "objects"),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(directory, objects),
    };
    const added = await git(root, ["add", "--all", ...paths], { env, signal, timeout: 5 * limit });
    if (added.exitCode !== 0) throw failed(added);
    const tree = await git(root, ["write-tree"], { env, signal });
    if (tree.exitCode !== 0) throw failed(tree);
    return tree.stdout;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A pathspec for all but these files (gitglossary(7)); none where they lie elsewhere, for git refuses that. */
function pathsWithout(files: readonly string[], directory: string): readonly string[] {
  const root = repositoryAround(resolve(directory));
  if (root === undefined) return [];
  const inside = files.map((file) => relative(root, file)).filter((path) => isBelow(path));
  if (inside.length === 0) return [];
  return ["--", ":(top)", ...inside.map((path) => `:(top,exclude,literal)${path}`)];
}

function isBelow(path: string): boolean {
  return path !== "" && !path.startsWith("..") && !isAbsolute(path);
}

async function tagTarget(
  directory: string,
  name: string,
  options: GitOptions,
): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", `refs/tags/${name}^{commit}`];
  const { exitCode, stdout } = await git(directory, args, options);
  return exitCode === 0 ? stdout : undefined;
}

function git(directory: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return run("git", args, {
    timeout: limit,
    ...options,
    cwd: directory,
    // Asking must not lock a repository that the user's editor watches too.
    env: { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", ...options.env },
  });
}

/** git answers 128 to everything that is wrong, so the file system is asked what it is. */
function unusable(directory: string, answer: RunResult): SlipwayError {
  const root = repositoryAround(resolve(directory));
  if (root === undefined) {
    return new SlipwayError("GIT_FAILED", `'${directory}' is not in a git repository`, {
      suggestions: ["git init && git add . && git commit -m 'first commit'"],
    });
  }
  const owner = statSync(root).uid;
  if (process.getuid !== undefined && owner !== process.getuid()) {
    return new SlipwayError(
      "GIT_FAILED",
      `git does not trust '${root}': it belongs to user ${owner}, not to ${process.getuid()}`,
      { suggestions: [`git config --global --add safe.directory ${root}`] },
    );
  }
  return failed(answer, [`git -C ${directory} status`]);
}

function repositoryAround(directory: string): string | undefined {
  if (existsSync(join(directory, ".git"))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : repositoryAround(above);
}

function withoutCommit(directory: string): SlipwayError {
  return new SlipwayError("GIT_FAILED", `the git repository of '${directory}' has no commit yet`, {
    suggestions: ["git add . && git commit -m 'first commit'"],
  });
}

function failed(answer: RunResult, suggestions: readonly string[] = []): SlipwayError {
  // A remote's address may carry a token, and git repeats it.
  const said = answer.errorTail
    .slice(-5)
    .join("\n")
    .replace(/:\/\/[^/@\s]+@/g, "://");
  return new SlipwayError("GIT_FAILED", `git failed: ${said || `exit ${answer.exitCode}`}`, {
    suggestions,
  });
}
