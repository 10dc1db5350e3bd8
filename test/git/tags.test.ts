import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  createGitTag,
  pushGitTag,
  tagProblems,
  verifyGitPush,
  verifySigning,
} from "../../src/git/tags.ts";
import { emptyRepository } from "./empty-repository.ts";

let top: string;
let repository: string;

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", stdio: "pipe" }).trim();
}

function commitAll(): string {
  git("commit", "--quiet", "--allow-empty", "--message", "work");
  return git("rev-parse", "HEAD");
}

/** A repository that this one knows as origin. */
function makeOrigin(): string {
  const origin = join(top, "origin.git");
  git("init", "--quiet", "--bare", origin);
  git("remote", "add", "origin", origin);
  return origin;
}

beforeEach(() => {
  ({ top, repository } = emptyRepository());
});

test("created, annotated, and created again", async () => {
  const commit = commitAll();
  await createGitTag(repository, "v1.0.0", commit, "version 1.0.0");
  await createGitTag(repository, "v1.0.0", commit, "version 1.0.0");
  expect(git("for-each-ref", "--format=%(objecttype) %(contents:subject)", "refs/tags")).toBe(
    "tag version 1.0.0",
  );
  expect(git("rev-parse", "v1.0.0^{commit}")).toBe(commit);
});

test("never moved to another commit", async () => {
  const first = commitAll();
  const second = commitAll();
  await createGitTag(repository, "v1.0.0", first, "one");
  await expect(createGitTag(repository, "v1.0.0", second, "one")).rejects.toMatchObject({
    code: "GIT_FAILED",
    message: `the git tag 'v1.0.0' points to ${first}, not to ${second}`,
  });
});

test("pushed, and pushed again", async () => {
  const commit = commitAll();
  makeOrigin();
  await createGitTag(repository, "v1.0.0", commit, "one");
  await pushGitTag(repository, "v1.0.0");
  await pushGitTag(repository, "v1.0.0");
  expect(git("ls-remote", "origin", "refs/tags/v1.0.0^{}")).toContain(commit);
});

test("a push that fails does not tell the token in origin's address", async () => {
  const commit = commitAll();
  git("remote", "add", "origin", "http://ada:s3cr3t@127.0.0.1:1/app.git");
  await createGitTag(repository, "v1.0.0", commit, "one");
  const error: Error = await pushGitTag(repository, "v1.0.0").then(
    () => expect.fail("it should have failed"),
    (caught) => caught,
  );
  expect(error).toMatchObject({ code: "GIT_FAILED" });
  expect(error.message).toContain("127.0.0.1");
  expect(error.message).not.toContain("s3cr3t");
});

test("a tag that another clone has pushed on the same commit is done already", async () => {
  const commit = commitAll();
  makeOrigin();
  await createGitTag(repository, "v1.0.0", commit, "one");
  await pushGitTag(repository, "v1.0.0");
  git("tag", "--delete", "v1.0.0");
  await verifyGitPush(repository, "v1.0.0", commit);
  await createGitTag(repository, "v1.0.0", commit, "another");
  await pushGitTag(repository, "v1.0.0");
});

test("a tag that origin has elsewhere is told before and after, and nothing is sent by asking", async () => {
  const first = commitAll();
  const second = commitAll();
  const origin = makeOrigin();
  await verifyGitPush(repository, "v1.0.0", first);
  expect(git("ls-remote", origin)).toBe("");
  git("push", "--quiet", "origin", `${first}:refs/tags/v1.0.0`);
  const refusal = {
    code: "GIT_FAILED",
    message: `origin has the git tag 'v1.0.0' on ${first}`,
    suggestions: [expect.stringContaining("git fetch origin tag v1.0.0"), expect.anything()],
  };
  await expect(verifyGitPush(repository, "v1.0.0", second)).rejects.toMatchObject(refusal);
  await createGitTag(repository, "v1.0.0", second, "two");
  await expect(pushGitTag(repository, "v1.0.0")).rejects.toMatchObject(refusal);
});

test("an origin that is not there, and a maker whom git does not know, are problems", async () => {
  commitAll();
  expect(await tagProblems(repository, { creates: true, pushes: false })).toEqual([]);
  expect(await tagProblems(repository, { creates: true, pushes: true })).toMatchObject([
    {
      code: "GIT_REMOTE_MISSING",
      remedy: "git remote add origin URL\nor push nothing: --git-tag instead of --push-git-tag",
    },
  ]);
  makeOrigin();
  Object.assign(process.env, { GIT_COMMITTER_NAME: "", GIT_COMMITTER_EMAIL: "" });
  expect(await tagProblems(repository, { creates: false, pushes: true })).toEqual([]);
  expect(await tagProblems(repository, { creates: true, pushes: true })).toMatchObject([
    { code: "GIT_IDENTITY_MISSING", remedy: expect.stringContaining("git config user.name") },
  ]);
});

describe("a tag that is to be signed", () => {
  const files = () => readdirSync(join(repository, ".git"), { recursive: true }).sort();

  test("is no matter where tags are not signed", async () => {
    commitAll();
    git("config", "gpg.program", "false");
    await verifySigning(repository);
  });

  test("cannot be where its program or its key is not there", async () => {
    commitAll();
    git("config", "tag.gpgSign", "true");
    git("config", "gpg.program", "false");
    const cannot = { code: "GIT_FAILED" };
    await expect(verifySigning(repository)).rejects.toMatchObject({
      ...cannot,
      message: expect.stringContaining("failed to sign"),
    });
    git("config", "gpg.format", "ssh");
    git("config", "user.signingKey", join(top, "key.pub"));
    await expect(verifySigning(repository)).rejects.toMatchObject(cannot);
  });

  function signByKey(): void {
    const key = join(top, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    git("config", "tag.gpgSign", "true");
    git("config", "gpg.format", "ssh");
    git("config", "user.signingKey", key);
  }

  test("can be by its key, and the trial leaves nothing behind", async () => {
    commitAll();
    signByKey();
    const before = files();
    await verifySigning(repository);
    expect(files()).toEqual(before);
  });

  test("needs no author, and nor does the tag", async () => {
    const commit = commitAll();
    signByKey();
    git("config", "user.useConfigOnly", "true");
    for (const name of ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"]) vi.stubEnv(name, undefined);
    await verifySigning(repository);
    await createGitTag(repository, "v1.0.0", commit, "one");
  });
});
