import { existsSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { SlipwayError } from "../errors.ts";
import type { RunResult } from "../run.ts";
import { makeScratch } from "../scratch.ts";
import { shellWord } from "../wording.ts";
import { flagsQuestion, hiddenFiles, unhide } from "./hidden.ts";
import { placesBehind } from "./links.ts";
import {
  type Flagged,
  parseFlags,
  parseStatus,
  parseSubmodulePaths,
  parseTags,
  submodulePaths,
  tagFormat,
  webAddress,
} from "./printed.ts";
import { failed, type GitOptions, git, repositoryAround } from "./process.ts";
import { allBut, type TreeQuestion, treeOf } from "./working-tree.ts";

/** What git knows about the commit that is to be released. */
export interface GitFacts {
  /** The directory that was asked about, from the top of the working tree; empty at the top. */
  readonly directory: string;
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
  /** Those of the changed paths of which `git status` says nothing, because git was told not to look. */
  readonly hidden: readonly Flagged[];
  /** The tree id that the working tree would have if it were committed now; `null` when it is clean. */
  readonly worktree: string | null;
  /** Submodules that are not checked out, from the root: an empty directory stands in the place of each. */
  readonly absent: readonly string[];
  /** Tags with the prefix, annotated or light, that point to the commit. */
  readonly tagsAtHead: readonly string[];
  /** All tags with the prefix. */
  readonly tags: readonly string[];
  /** origin's address as an https URL without credentials; `null` without origin, or when it is a local path. */
  readonly remote: string | null;
}

export interface ObserveGitOptions extends GitOptions {
  readonly tagPrefix: string;
  /** Files that do not count as changes, absolute: what Slipway itself writes because it was told to. */
  readonly ownFiles?: readonly string[] | undefined;
}

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
  const [head, shallow, log, refs, origin, absent] = await Promise.all([
    observeHead(directory, { signal, ownFiles }),
    ask(["rev-parse", "--is-shallow-repository"]),
    ask(["log", "-1", "--no-show-signature", "--format=%ct"]),
    ask(["for-each-ref", `--format=${tagFormat}`, tagPattern(tagPrefix)]),
    ask(["config", "--get", "remote.origin.url"]),
    absentSubmodules(directory, { signal }),
  ]);
  for (const answer of [shallow, log, refs]) if (answer.exitCode !== 0) throw failed(answer);
  const tags = parseTags(refs.stdout, tagPrefix);
  return {
    ...head,
    committedAt: new Date(Number(log.stdout) * 1000).toISOString(),
    shallow: shallow.stdout === "true",
    dirty: head.dirty.slice(0, shownPaths),
    dirtyCount: head.dirty.length,
    hidden: head.hidden.slice(0, shownPaths),
    absent,
    tagsAtHead: tags.filter(({ commit }) => commit === head.commit).map(({ name }) => name),
    tags: tags.map(({ name }) => name),
    remote: webAddress(origin.stdout),
  };
}

/**
 * The commit and what has changed since, as in `GitFacts` but with all changed paths: two processes as long as nothing
 * has. Throws as `observeGit` does.
 */
export async function observeHead(
  directory: string,
  { signal, ownFiles = [] }: Omit<ObserveGitOptions, "tagPrefix">,
): Promise<HeadFacts> {
  const own = filesInside(ownFiles, directory);
  const [status, listed] = await Promise.all([
    git(directory, statusQuestion(own), { signal }),
    git(directory, flagsQuestion, { signal }),
  ]);
  if (status.exitCode !== 0) throw unusable(directory, status);
  if (listed.exitCode !== 0) throw failed(listed);
  const inside = (path: string) => observeHead(path, { signal, ownFiles });
  const root = repositoryAround(resolve(directory)) ?? directory;
  const { files, submodules } = bySubmodule(parseFlags(listed.stdout), root);
  const behind = await changedWithin(submodules, root, inside);
  const look = { directory, own, signal, inside, behind };
  const hidden = await hiddenFiles(directory, files, { signal });
  if (hidden.length === 0) return await headOf(status, { ...look, env: {} });
  await using scratch = await makeScratch("git");
  const env = await unhide(hidden, { directory, copy: join(scratch.path, "index"), signal });
  const seen = await git(directory, statusQuestion(own), { signal, env });
  if (seen.exitCode !== 0) throw failed(seen);
  const facts = await headOf(seen, { ...look, env });
  const dirty = new Set(facts.dirty);
  return { ...facts, hidden: hidden.filter(({ path }) => dirty.has(path)) };
}

/** The files of this repository itself, and the submodules that the others are in, from the root. */
function bySubmodule(flagged: readonly Flagged[], root: string) {
  // A sparse checkout flags all that it leaves out, and most of it shares a folder.
  const known = new Map<string, string | undefined>();
  const around = ({ path }: Flagged) => {
    const folder = dirname(path);
    if (!known.has(folder)) known.set(folder, outermostSubmodule(root, join(root, path)));
    return known.get(folder);
  };
  const submodules = new Set(flagged.flatMap((file) => around(file) ?? []));
  return {
    files: flagged.filter((file) => around(file) === undefined),
    submodules: [...submodules].map((place) => relative(root, place)),
  };
}

/** Those of the submodules that are not as their commit. */
async function changedWithin(
  submodules: readonly string[],
  root: string,
  inside: TreeQuestion["inside"],
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const path of submodules) {
    if ((await inside(join(root, path))).worktree !== null) changed.push(path);
  }
  return changed;
}

type HeadFacts = Pick<
  GitFacts,
  "directory" | "commit" | "branch" | "dirty" | "hidden" | "worktree"
>;

/** `behind`: submodules that have changed, whatever the status says. */
async function headOf(
  status: RunResult,
  {
    behind,
    ...question
  }: Omit<TreeQuestion, "submodules"> & { readonly behind: readonly string[] },
): Promise<HeadFacts> {
  const { directory } = question;
  const { commit, branch, ...changed } = parseStatus(status.stdout);
  const dirty = [...new Set([...changed.dirty, ...behind])];
  const submodules = [...new Set([...changed.submodules, ...behind])];
  if (commit === null) throw withoutCommit(directory);
  const worktree = dirty.length > 0 ? await treeOf({ ...question, submodules }) : null;
  return { directory: fromTop(directory), commit, branch, dirty, hidden: [], worktree };
}

/** As `git clone` and CI leave them, unless told otherwise. */
async function absentSubmodules(
  directory: string,
  options: GitOptions,
): Promise<readonly string[]> {
  const root = repositoryAround(resolve(directory));
  if (root === undefined || !existsSync(join(root, ".gitmodules"))) return [];
  const question = ["config", "--null", "--file", ".gitmodules", "--get-regexp", submodulePaths];
  const paths = parseSubmodulePaths((await git(root, question, options)).stdout);
  const isAbsent = (place: string) => existsSync(place) && !existsSync(join(place, ".git"));
  return paths.filter((path) => isAbsent(join(root, path)));
}

/**
 * Whether what is read at `paths`, through symbolic links too, differs between the commit `since` and HEAD, in a
 * submodule by its commit; `undefined` when git cannot tell, as it answers 128: no such commit here, or a place outside
 * of the repository.
 */
export async function changedSince(
  directory: string,
  since: string,
  paths: readonly string[],
  options: GitOptions = {},
): Promise<boolean | undefined> {
  if (!/^[0-9a-f]{40,64}$/.test(since)) return undefined;
  const places = await Promise.all(paths.map((path) => placesBehind(directory, path)));
  const root = repositoryAround(await realpath(directory)) ?? directory;
  const known = places.flat().map((place) => outermostSubmodule(root, place) ?? place);
  // Whatever .gitmodules wants ignored; and `git diff` would obey the user's configuration.
  const question = ["diff-tree", "--quiet", "-r", "--ignore-submodules=none", since, "HEAD"];
  const args = ["--literal-pathspecs", ...question, "--", ...known];
  return [false, true][(await git(directory, args, options)).exitCode ?? 2];
}

function statusQuestion(own: readonly string[]): readonly string[] {
  const paths = allBut(own);
  const untracked = paths.length > 0 ? "all" : "normal";
  const form = ["--porcelain=v2", "--branch", "-z", "--no-renames"];
  // Whatever .gitmodules or the user's configuration want ignored: the build copies what is there.
  const all = ["--ignore-submodules=none", `--untracked-files=${untracked}`];
  return ["status", ...form, ...all, ...paths];
}

/** `*` of a reference pattern stops at a slash, so a prefix is matched by us beyond its last one. */
function tagPattern(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  return `refs/tags/${folder}`.replace(/\/$/, "");
}

/** Those of the files that lie in the repository, from its root: git refuses a pathspec of another place. */
function filesInside(files: readonly string[], directory: string): readonly string[] {
  const root = repositoryAround(resolve(directory));
  return root === undefined ? [] : files.map((file) => relative(root, file)).filter(isBelow);
}

function fromTop(directory: string): string {
  const place = resolve(directory);
  return relative(repositoryAround(place) ?? place, place).replaceAll("\\", "/");
}

function isBelow(path: string): boolean {
  return path !== "" && !path.startsWith("..") && !isAbsolute(path);
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
      { suggestions: [`git config --global --add safe.directory ${shellWord(root)}`] },
    );
  }
  return failed(answer, [`git -C ${shellWord(directory)} status`]);
}

/** The submodule that a place is in: of what lies below it git would say that nothing has changed. */
function outermostSubmodule(root: string, place: string): string | undefined {
  const names = relative(root, place).split(sep);
  const way = names.map((_, at) => join(root, ...names.slice(0, at + 1)));
  return way.find((path) => existsSync(join(path, ".git")));
}

function withoutCommit(directory: string): SlipwayError {
  return new SlipwayError("GIT_FAILED", `the git repository of '${directory}' has no commit yet`, {
    suggestions: ["git add . && git commit -m 'first commit'"],
  });
}
