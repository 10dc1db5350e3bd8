import { resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { makeScratch } from "../scratch.ts";
import { commitOfListed } from "./printed.ts";
import { failed, type GitOptions, git, limit, objectsIn } from "./process.ts";

export type TaggingProblemCode = "GIT_IDENTITY_MISSING" | "GIT_REMOTE_MISSING";

/** Something that stands in the way of a git tag, known before it is made. */
export interface TaggingProblem {
  readonly code: TaggingProblemCode;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What is to be done about a tag. */
export interface Tagging {
  readonly creates: boolean;
  readonly pushes: boolean;
}

/**
 * What keeps a tag from being made here, or pushed from here, as far as this repository tells: nobody beyond it is
 * asked. Throws TOOL_MISSING when there is no git.
 */
export async function tagProblems(
  directory: string,
  { creates, pushes }: Tagging,
  options: GitOptions = {},
): Promise<readonly TaggingProblem[]> {
  const [maker, origin] = await Promise.all([
    creates ? git(directory, ["var", "GIT_COMMITTER_IDENT"], options) : undefined,
    pushes ? git(directory, ["remote", "get-url", "--push", "origin"], options) : undefined,
  ]);
  return [
    ...(maker && maker.exitCode !== 0 ? [withoutIdentity(maker.errorTail.at(-1) ?? "")] : []),
    ...(origin && origin.exitCode !== 0 ? [withoutOrigin] : []),
  ];
}

function withoutIdentity(said: string): TaggingProblem {
  return {
    code: "GIT_IDENTITY_MISSING",
    message: `git does not know who would make the git tag: ${said.replace(/^fatal: /, "")}`,
    remedy: "git config user.name 'release' && git config user.email release@example.com",
  };
}

const pushNothing = "or push nothing: --git-tag instead of --push-git-tag";

const withoutOrigin: TaggingProblem = {
  code: "GIT_REMOTE_MISSING",
  message: "the git tag is to be pushed, and the repository has no remote 'origin'",
  remedy: `git remote add origin URL\n${pushNothing}`,
};

/**
 * Tries, where tags are to be signed (tag.gpgSign), to sign something as the tag would be, which may ask for a passphrase as
 * the tag does; nothing is written to the repository. Throws GIT_FAILED with what git said: no key, or no program to
 * sign with.
 */
export async function verifySigning(directory: string, options: GitOptions = {}): Promise<void> {
  const question = ["config", "--type=bool", "--get", "tag.gpgSign"];
  if ((await git(directory, question, options)).stdout !== "true") return;
  const objects = await git(directory, ["rev-parse", "--git-path", "objects"], options);
  if (objects.exitCode !== 0) throw failed(objects);
  await using scratch = await makeScratch("git");
  const env = {
    ...objectsIn(scratch.path, resolve(directory, objects.stdout)),
    GIT_AUTHOR_NAME: "slipway",
    GIT_AUTHOR_EMAIL: "slipway@localhost",
  };
  // No tag can be tried; a commit is signed by the same key and program, and asks for an author as well.
  const signing = ["commit-tree", "--gpg-sign", "-m", "trial", "HEAD^{tree}"];
  const tried = await git(directory, signing, { ...options, env, sharesTerminal: true });
  if (tried.exitCode !== 0) throw failed(tried, keysOfSigning);
}

const keysOfSigning = [
  "git config --get-regexp '^(user.signingkey|gpg)'",
  "or sign no tags here: git config tag.gpgSign false",
];

/**
 * Creates the annotated tag `name` on `commit`; done already counts as done. Throws GIT_FAILED when
 * the tag is there and points elsewhere, or git refuses (no key to sign with, for example).
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

/** The commit that a tag points to; `undefined` where there is no such tag, no repository or no git. */
export async function commitOfTag(
  directory: string,
  name: string,
  options: GitOptions = {},
): Promise<string | undefined> {
  try {
    return await tagTarget(directory, name, options);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "TOOL_MISSING") return undefined;
    throw error;
  }
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

/**
 * Asks origin whether it would take the tag `name` on `commit`, which need not be made yet; nothing is sent. Throws
 * GIT_FAILED when origin does not answer, does not let us push, or has the tag on another commit.
 */
export async function verifyGitPush(
  directory: string,
  name: string,
  commit: string,
  options: GitOptions = {},
): Promise<void> {
  const ref = `refs/tags/${name}`;
  const isMade = (await tagTarget(directory, name, options)) !== undefined;
  // A hook may test for an hour, and runs when the tag is pushed.
  const dry = ["--dry-run", "--no-verify"];
  const asked = await push(
    directory,
    [...dry, "origin", `${isMade ? ref : commit}:${ref}`],
    options,
  );
  if (asked.exitCode === 0) return;
  const there = await commitAtOrigin(directory, name, options);
  if (there === commit) return;
  if (there !== undefined) throw takenAtOrigin(name, there);
  throw failed(asked, [`git push --dry-run origin ${commit}:${ref}`, pushNothing]);
}

/**
 * Pushes a tag to origin; done already counts as done, by whomever. Throws GIT_FAILED when origin refuses, or has the tag on
 * another commit.
 */
export async function pushGitTag(
  directory: string,
  name: string,
  options: GitOptions = {},
): Promise<void> {
  const ref = `refs/tags/${name}`;
  const pushed = await push(directory, ["origin", `${ref}:${ref}`], options);
  if (pushed.exitCode === 0) return;
  const there = await commitAtOrigin(directory, name, options);
  if (there === undefined) throw failed(pushed, [`git push origin ${ref}`]);
  // Made anew where this clone did not know of it, an annotated tag is another one on the same commit.
  if (there !== (await tagTarget(directory, name, options))) throw takenAtOrigin(name, there);
}

function push(directory: string, args: readonly string[], options: GitOptions) {
  return git(directory, ["push", "--quiet", ...args], {
    ...options,
    timeout: 5 * limit,
    sharesTerminal: true,
  });
}

/** The commit that a tag leads to at origin; `undefined` where there is none, or origin does not answer. */
async function commitAtOrigin(directory: string, name: string, options: GitOptions) {
  const ref = `refs/tags/${name}`;
  const { exitCode, stdout } = await git(directory, ["ls-remote", "origin", ref, `${ref}^{}`], {
    ...options,
    sharesTerminal: true,
  });
  return exitCode === 0 ? commitOfListed(stdout, ref) : undefined;
}

function takenAtOrigin(name: string, commit: string): SlipwayError {
  return new SlipwayError("GIT_FAILED", `origin has the git tag '${name}' on ${commit}`, {
    suggestions: [`git fetch origin tag ${name} && git show ${name}`, "release another version"],
  });
}
