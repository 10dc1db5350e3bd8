import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { observeGit, observeHead } from "../../src/git/repository.ts";
import { emptyRepository } from "./empty-repository.ts";

let top: string;
let repository: string;

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", stdio: "pipe" }).trim();
}

function write(path: string, text: string): void {
  writeFileSync(join(repository, path), text);
}

function commitAll(message = "work"): string {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", message);
  return git("rev-parse", "HEAD");
}

beforeEach(() => {
  ({ top, repository } = emptyRepository({
    GIT_AUTHOR_DATE: "2026-03-01T12:00:00+02:00",
    GIT_COMMITTER_DATE: "2026-03-01T12:00:00+02:00",
  }));
});

describe("observeGit", () => {
  test("a clean commit with tags", async () => {
    write("app.txt", "one");
    const first = commitAll();
    git("tag", "v1.0.0");
    write("app.txt", "two");
    const commit = commitAll();
    git("tag", "v1.1.0");
    git("tag", "--annotate", "--message", "release", "v1.2.0");
    git("tag", "other");
    git("remote", "add", "origin", "https://ada:secret@example.com/ships/app.git");
    const facts = await observeGit(repository, { tagPrefix: "v" });
    expect(facts).toEqual({
      directory: "",
      commit,
      committedAt: "2026-03-01T10:00:00.000Z",
      branch: "main",
      shallow: false,
      dirty: [],
      dirtyCount: 0,
      hidden: [],
      worktree: null,
      absent: [],
      tagsAtHead: ["v1.1.0", "v1.2.0"],
      tags: ["v1.0.0", "v1.1.0", "v1.2.0"],
      remote: "https://example.com/ships/app",
    });
    expect(first).not.toBe(commit);
  });

  test.each([
    ["payments@", ["payments@1.2.3"]],
    ["payments/v", ["payments/v1.0.0"]],
    ["@ships/app@", ["@ships/app@2.0.0"]],
    ["", ["@ships/app@2.0.0", "payments/v1.0.0", "payments@1.2.3", "v1.0.0"]],
  ])("tags with the prefix '%s'", async (tagPrefix, tags) => {
    commitAll();
    for (const name of ["v1.0.0", "payments@1.2.3", "payments/v1.0.0", "@ships/app@2.0.0"]) {
      git("tag", name);
    }
    expect(await observeGit(repository, { tagPrefix })).toMatchObject({ tags, tagsAtHead: tags });
  });

  test("a dirty tree has the id it would have as a commit, and nothing is written", async () => {
    write(".gitignore", "ignored\n");
    write("changed name.txt", "one");
    write("gone.txt", "one");
    commitAll();
    write("changed name.txt", "two");
    write("new.txt", "new");
    write("ignored", "not me");
    rmSync(join(repository, "gone.txt"));
    const objectsBefore = readdirSync(join(repository, ".git/objects")).sort();

    const facts = await observeGit(repository, { tagPrefix: "v" });
    expect(facts).toMatchObject({
      dirty: ["changed name.txt", "gone.txt", "new.txt"],
      dirtyCount: 3,
    });
    expect(readdirSync(join(repository, ".git/objects")).sort()).toEqual(objectsBefore);
    expect(git("diff", "--cached", "--name-only")).toBe("");

    commitAll();
    expect(facts.worktree).toBe(git("rev-parse", "HEAD^{tree}"));
  });

  test("is at one with what is asked of the commit and its changes alone", async () => {
    const commit = commitAll();
    expect(await observeHead(repository, {})).toMatchObject({ commit, worktree: null });
    write("new.txt", "new");
    const { worktree, dirty } = await observeGit(repository, { tagPrefix: "v" });
    expect(await observeHead(repository, {})).toMatchObject({ worktree, dirty });
  });

  test("the same change has the same id, another change another one", async () => {
    write("app.txt", "one");
    commitAll();
    const treeWith = async (text: string) => {
      write("app.txt", text);
      return (await observeGit(repository, { tagPrefix: "v" })).worktree;
    };
    const two = await treeWith("two");
    expect(await treeWith("three")).not.toBe(two);
    expect(await treeWith("two")).toBe(two);
  });

  test("a file of its own counts for nothing, be it ignored, untracked or tracked", async () => {
    write(".gitignore", "plan.json\nout/\n");
    write("kept.json", "{}");
    write("app.txt", "one");
    commitAll();
    write("app.txt", "two");
    const observe = (...ownFiles: string[]) =>
      observeGit(repository, {
        tagPrefix: "v",
        ownFiles: ownFiles.map((name) => join(repository, name)),
      });
    const { worktree } = await observe();
    for (const name of ["plan.json", "out/plan.json", "new.json", "kept.json"]) {
      mkdirSync(join(repository, "out"), { recursive: true });
      write(name, "of slipway");
      expect(await observe(name)).toMatchObject({ worktree, dirty: ["app.txt"] });
      rmSync(join(repository, name));
      if (name === "kept.json") git("checkout", "--quiet", "kept.json");
    }
    expect(await observe("plan.json", "new.json")).toMatchObject({ worktree });
  });

  test("a change in the second of the commit is seen a second later", async () => {
    write("app.txt", "one");
    commitAll();
    write("app.txt", "two");
    const at = Math.floor(Date.now() / 1000);
    const { worktree } = await observeGit(repository, { tagPrefix: "v" });
    await setTimeout(1000 * (at + 1.1) - Date.now());
    expect(await observeGit(repository, { tagPrefix: "v" })).toMatchObject({ worktree });
    commitAll();
    expect(worktree).toBe(git("rev-parse", "HEAD^{tree}"));
  });

  test("at most 20 dirty paths, all of them counted", async () => {
    commitAll();
    for (let at = 0; at < 25; at += 1) write(`file-${at}`, "new");
    const { dirty, dirtyCount } = await observeGit(repository, { tagPrefix: "v" });
    expect(dirty).toHaveLength(20);
    expect(dirtyCount).toBe(25);
  });

  test("from a folder inside, with staged and renamed files", async () => {
    await mkdir(join(repository, "service"));
    write("service/old", "a line\nanother\n");
    commitAll();
    git("mv", "service/old", "service/new");
    const facts = await observeGit(join(repository, "service"), { tagPrefix: "v" });
    expect(facts.directory).toBe("service");
    expect([...facts.dirty].sort()).toEqual(["service/new", "service/old"]);
    expect(facts.worktree).toBe(git("write-tree"));
  });

  test("a detached HEAD has no branch", async () => {
    git("checkout", "--quiet", "--detach", commitAll());
    expect((await observeGit(repository, { tagPrefix: "v" })).branch).toBeNull();
  });

  test("a shallow clone says so", async () => {
    commitAll();
    commitAll();
    const clone = join(top, "clone");
    git("clone", "--quiet", "--depth", "1", `file://${repository}`, clone);
    const facts = await observeGit(clone, { tagPrefix: "v" });
    expect(facts).toMatchObject({ shallow: true, remote: null });
  });

  test("a SHA-256 repository has 64 digits", async () => {
    const other = join(top, "sha256");
    git("init", "--quiet", "--object-format=sha256", other);
    repository = other;
    commitAll();
    expect((await observeGit(other, { tagPrefix: "v" })).commit).toMatch(/^[0-9a-f]{64}$/);
  });

  test("no repository", async () => {
    const plain = join(top, "plain");
    await mkdir(plain);
    await expect(observeGit(plain, { tagPrefix: "v" })).rejects.toMatchObject({
      code: "GIT_FAILED",
      message: `'${plain}' is not in a git repository`,
      suggestions: [expect.stringContaining("git init")],
    });
  });

  test("no commit yet", async () => {
    await expect(observeGit(repository, { tagPrefix: "v" })).rejects.toMatchObject({
      code: "GIT_FAILED",
      message: expect.stringContaining("has no commit yet"),
    });
  });

  test.runIf(process.getuid?.() === 0)("a repository of another user", async () => {
    commitAll();
    await chown(repository, 1234, 1234);
    await chown(join(repository, ".git"), 1234, 1234);
    await expect(observeGit(repository, { tagPrefix: "v" })).rejects.toMatchObject({
      code: "GIT_FAILED",
      suggestions: [`git config --global --add safe.directory ${repository}`],
    });
  });

  test("no git on PATH", async () => {
    const path = process.env.PATH;
    process.env.PATH = top;
    try {
      await expect(observeGit(repository, { tagPrefix: "v" })).rejects.toMatchObject({
        code: "TOOL_MISSING",
      });
    } finally {
      process.env.PATH = path;
    }
  });
});
