import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observeGit } from "../../src/git/repository.ts";

let repository: string;

function git(...args: string[]): string {
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  return execFileSync("git", [...identity, ...args], { cwd: repository, encoding: "utf8" }).trim();
}

function write(path: string, text: string): void {
  writeFileSync(join(repository, path), text);
}

async function look() {
  return await observeGit(join(repository, "api"), { tagPrefix: "v" });
}

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "slipway-hidden-test-"));
  git("init", "--quiet");
  for (const folder of ["api", "web"]) {
    mkdirSync(join(repository, folder));
    for (const name of ["one name", "two", "three"]) write(`${folder}/${name}`, "as committed");
  }
  git("add", "--all");
  git("commit", "--quiet", "--message", "work");
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

test("what git was told to pass over is as changed as it is, and stays passed over", async () => {
  const clean = await look();
  git("update-index", "--assume-unchanged", "api/one name", "api/two");
  git("update-index", "--skip-worktree", "api/two", "web/two", "web/three");
  expect(await look()).toEqual(clean);

  write("api/one name", "changed");
  write("api/two", "changed");
  rmSync(join(repository, "web/two"));
  const index = readFileSync(join(repository, ".git/index"));
  expect(git("status", "--short")).toBe("");
  const facts = await look();
  expect(facts).toMatchObject({
    dirty: ["api/one name", "api/two", "web/two"],
    dirtyCount: 3,
    hidden: [
      { path: "api/one name", flag: "assume-unchanged" },
      { path: "api/two", flag: "assume-unchanged" },
      { path: "api/two", flag: "skip-worktree" },
      { path: "web/two", flag: "skip-worktree" },
    ],
  });
  expect(readFileSync(join(repository, ".git/index"))).toEqual(index);

  for (const { path, flag } of facts.hidden) git("update-index", `--no-${flag}`, path);
  git("add", "--all");
  expect(facts.worktree).toBe(git("write-tree"));
});

test("of two changes the one that is seen anyway is not called hidden", async () => {
  git("update-index", "--assume-unchanged", "api/two");
  write("api/three", "changed");
  expect(await look()).toMatchObject({ dirty: ["api/three"], hidden: [] });
});

test("what a sparse checkout leaves out is no change, what lies in its place is one", async () => {
  git("sparse-checkout", "set", "api");
  expect(await look()).toMatchObject({ dirty: [], worktree: null });
  mkdirSync(join(repository, "web"), { recursive: true });
  write("web/two", "changed");
  expect(await look()).toMatchObject({ dirty: ["web/two"] });
  rmSync(join(repository, "web"), { recursive: true });
  git("update-index", "--assume-unchanged", "api/two");
  write("api/two", "changed");
  expect(await look()).toMatchObject({ dirty: ["api/two"] });
});

test("what is hidden in a submodule changes the tree as any other change there", async () => {
  const other = join(repository, "web/.other");
  git("init", "--quiet", other);
  writeFileSync(join(other, "code"), "as committed");
  git("-C", other, "add", "code");
  git("-C", other, "commit", "--quiet", "--message", "work");
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, "api/lib");
  rmSync(other, { recursive: true });
  git("commit", "--quiet", "--message", "submodule");
  git("-C", "api/lib", "update-index", "--assume-unchanged", "code");
  expect(await look()).toMatchObject({ dirty: [], worktree: null });

  write("api/lib/code", "changed");
  expect(git("status", "--short")).toBe("");
  const { dirty, worktree } = await look();
  expect(dirty).toEqual(["api/lib"]);
  git("-C", "api/lib", "update-index", "--no-assume-unchanged", "code");
  expect(await look()).toMatchObject({ dirty, worktree });
});
