import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changedSince, observeGit, observeHead } from "../../src/git/repository.ts";
import { setForTest } from "../support/stand-in.ts";

let top: string;
let repository: string;

function git(args: readonly string[], input = ""): string {
  const allowed = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const asked = [...allowed, "-c", "protocol.file.allow=always", ...args];
  return execFileSync("git", asked, { cwd: repository, encoding: "utf8", input }).trim();
}

function write(path: string, text: string): string {
  const file = join(top, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A program of the user's, to which git would listen. */
function program(name: string, script: string): string {
  const file = write(name, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function commitAll(): string {
  git(["add", "--all"]);
  git(["commit", "--quiet", "--allow-empty", "--message", "work"]);
  return git(["rev-parse", "HEAD"]);
}

function addLibrary(): void {
  git(["submodule", "--quiet", "add", repository, "library"]);
  commitAll();
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "slipway-configuration-test-"));
  repository = join(top, "project");
  write("project/code", "one");
  git(["init", "--quiet"]);
  commitAll();
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

test.each([
  ["in .gitmodules", ["--file", ".gitmodules", "submodule.library.ignore", "all"]],
  ["for this clone", ["submodule.library.ignore", "all"]],
  ["of every submodule", ["diff.ignoreSubmodules", "all"]],
])("a submodule is looked into, though it is to be ignored: %s", async (_, setting) => {
  addLibrary();
  git(["config", ...setting]);
  commitAll();
  expect((await observeHead(repository, {})).dirty).toEqual([]);
  const look = async () => await observeHead(repository, {});
  write("project/library/code", "two");
  const changed = await look();
  git(["-C", "library", "commit", "--quiet", "--all", "--message", "two"]);
  const moved = await look();
  git(["-C", "library", "commit", "--quiet", "--allow-empty", "--message", "three"]);
  const further = await look();
  for (const { dirty } of [changed, moved, further]) expect(dirty).toEqual(["library"]);
  const ids = [changed, moved, further].map(({ worktree }) => worktree);
  expect(new Set([...ids, null, git(["rev-parse", "HEAD^{tree}"])])).toHaveProperty("size", 5);
});

test("an untracked file counts, in a submodule too, though the user has them hidden", async () => {
  addLibrary();
  const hidden = write("hidden.gitconfig", "[status]\n  showUntrackedFiles = no\n");
  setForTest("GIT_CONFIG_GLOBAL", hidden);
  write("project/library/new", "new");
  expect((await observeHead(repository, {})).dirty).toEqual(["library"]);
  write("project/new", "new");
  expect((await observeHead(repository, {})).dirty).toEqual(["library", "new"]);
});

test("a file has changed, whatever a monitor says", async () => {
  git(["config", "core.fsmonitor", program("monitor", String.raw`printf 'token\0'`)]);
  git(["status"]);
  write("project/code", "two");
  expect(git(["status", "--short"])).toBe("");
  expect((await observeHead(repository, {})).dirty).toEqual(["code"]);
});

test("a commit's date is read beside its signature", async () => {
  git(["config", "log.showSignature", "true"]);
  git(["config", "gpg.program", program("gpg", "echo 'gpg: who is this?' >&2; exit 1")]);
  const [header = "", message = ""] = git(["cat-file", "commit", "HEAD"]).split("\n\n");
  const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----";
  const signed = ["hash-object", "-w", "-t", "commit", "--stdin"];
  git(["reset", "--quiet", git(signed, `${header}\n${signature}\n\n${message}\n`)]);
  expect(git(["log", "-1", "--format=%ct"])).toContain("who is this?");
  const { committedAt } = await observeGit(repository, { tagPrefix: "v" });
  expect(committedAt).toMatch(/^20\d\d-/);
});

test("the repository around the directory counts, and not the one of a hook", async () => {
  const commit = git(["rev-parse", "HEAD"]);
  git(["init", "--quiet", "../other"]);
  git(["-C", "../other", "commit", "--quiet", "--allow-empty", "--message", "other"]);
  addLibrary();
  setForTest("GIT_DIR", join(top, "other/.git"));
  setForTest("GIT_INDEX_FILE", join(top, "other/.git/index"));
  expect(await observeHead(join(repository, "library"), {})).toMatchObject({ commit, dirty: [] });
});

test("pathspecs mean what they say here", async () => {
  setForTest("GIT_LITERAL_PATHSPECS", "1");
  write("project/code", "two");
  const own = write("project/plan.json", "{}");
  expect((await observeHead(repository, { ownFiles: [own] })).dirty).toEqual(["code"]);
});

test("what changed since a commit is told without the user's configuration of git diff", async () => {
  const since = git(["rev-parse", "HEAD"]);
  write("project/code", "two");
  commitAll();
  git(["config", "diff.orderFile", join(top, "nowhere")]);
  expect(await changedSince(repository, since, ["code"])).toBe(true);
});
