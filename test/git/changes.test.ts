import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changedSince, observeGit, observeHead } from "../../src/git/repository.ts";

let top: string;
let repository: string;

function git(...args: string[]): string {
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  return execFileSync("git", [...identity, ...args], { cwd: repository, encoding: "utf8" }).trim();
}

function commitAll(): string {
  git("add", "--all");
  git("commit", "--quiet", "--message", "work");
  return git("rev-parse", "HEAD");
}

async function changesOf(since: string, paths: readonly string[]) {
  return await Promise.all(paths.map((path) => changedSince(repository, since, [path])));
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "slipway-links-test-"));
  repository = join(top, "project");
  for (const name of ["first", "second"]) {
    mkdirSync(join(repository, name), { recursive: true });
    writeFileSync(join(repository, name, "code"), name);
  }
  git("init", "--quiet");
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

test("a change is seen behind a symbolic link, and so is another link", async () => {
  const link = join(repository, "link");
  symlinkSync("first", link);
  symlinkSync("link/code", join(repository, "chain"));
  symlinkSync(repository, join(top, "way"));
  const paths = ["first", "second", "link", "link/code", "chain", "../way/link/code"];
  const before = commitAll();
  expect(await changesOf(before, paths)).toEqual(paths.map(() => false));

  writeFileSync(join(repository, "first/code"), "changed");
  const middle = commitAll();
  expect(await changesOf(before, paths)).toEqual([true, false, true, true, true, true]);

  rmSync(link);
  symlinkSync("second", link);
  commitAll();
  expect(await changesOf(middle, paths.slice(0, 5))).toEqual([false, false, true, true, true]);
});

test("nothing is known of what lies outside of the repository", async () => {
  mkdirSync(join(top, "outside"));
  symlinkSync(join(top, "outside"), join(repository, "out"));
  const before = commitAll();
  expect(await changesOf(before, ["../outside", "out"])).toEqual([undefined, undefined]);
});

test("a link that goes in circles ends the way", async () => {
  symlinkSync("round", join(repository, "round"));
  expect(await changesOf(commitAll(), ["round/and/round"])).toEqual([false]);
});

test("what lies in a submodule has changed with its commit, whatever .gitmodules wants ignored", async () => {
  const since = commitAll();
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repository, "library");
  git("config", "--file", ".gitmodules", "submodule.library.ignore", "all");
  const paths = ["library", "library/first", "library/first/code", "first"];
  symlinkSync("library/first", join(repository, "link"));
  const before = commitAll();
  expect(await changesOf(before, [...paths, "link"])).toEqual([false, false, false, false, false]);

  git("-C", "library", "commit", "--quiet", "--allow-empty", "--message", "more");
  git("add", "--force", "library");
  git("commit", "--quiet", "--message", "later library");
  expect(await changesOf(before, [...paths, "link"])).toEqual([true, true, true, false, true]);
  expect(await changesOf(since, paths)).toEqual([true, true, true, false]);
});

test("a change inside a submodule is a change, another one another, and the same one the same", async () => {
  commitAll();
  const add = ["submodule", "--quiet", "add", repository, "a library"];
  git("-c", "protocol.file.allow=always", ...add);
  commitAll();
  const idAfter = async (text: string, file = "first/code") => {
    writeFileSync(join(repository, "a library", file), text);
    return (await observeHead(repository, {})).worktree;
  };
  const ids = [await idAfter("two"), await idAfter("three"), await idAfter("new", "untracked")];

  expect(new Set([...ids, null, git("rev-parse", "HEAD^{tree}")])).toHaveProperty("size", 5);
  rmSync(join(repository, "a library/untracked"));
  expect(await idAfter("two")).toBe(ids[0]);
  expect(await idAfter("first")).toBeNull();
});

test("a submodule that is not checked out is told", async () => {
  commitAll();
  const allow = ["-c", "protocol.file.allow=always"];
  git(...allow, "submodule", "--quiet", "add", repository, "a library");
  commitAll();
  const absentIn = async (place: string) => (await observeGit(place, { tagPrefix: "v" })).absent;
  expect(await absentIn(repository)).toEqual([]);
  const other = join(repository, "other");
  git("clone", "--quiet", ".", other);
  expect(await absentIn(other)).toEqual(["a library"]);
  git("-C", other, ...allow, "submodule", "--quiet", "update", "--init");
  expect(await absentIn(other)).toEqual([]);
});
