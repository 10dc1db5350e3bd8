import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import type { Rehearsal } from "../support/release.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { stage } from "../support/stage.ts";
import { registryState } from "../support/state.ts";

let made: Project;
let local: Rehearsal;
let scratch: string;

const config = `image: team/app
targets:
  - us-east-1
  - { region: eu-central-1, account: "098765432109" }
repository: { create: true }
`;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
  made.git("config", "user.name", "t");
  made.git("config", "user.email", "t@example.com");
  scratch = scratchDirectory();
  await prepareLayout(made, local);
});

const release = (args: string[], options: object = {}) =>
  runCommand(ReleaseCommand, args, { cwd: made.dir, ...options });
const file = (name: string) => join(scratch, name);

describe("the git tag", () => {
  const origin = () => {
    execFileSync("git", ["init", "--quiet", "--bare", file("origin.git")]);
    made.git("remote", "add", "origin", file("origin.git"));
    return (...args: string[]) =>
      execFileSync("git", ["--git-dir", file("origin.git"), ...args], { encoding: "utf8" }).trim();
  };

  it("is not made without being asked for", async () => {
    await release(["1.0.0"]);
    expect(made.git("tag", "--list")).toBe("");
  });

  it("is made with --git-tag, and stays here", async () => {
    const there = origin();
    expect((await release(["1.0.0", "--git-tag"])).exit).toBe(0);
    expect(made.git("rev-parse", "v1.0.0^{commit}")).toBe(made.git("rev-parse", "HEAD"));
    expect(there("tag", "--list")).toBe("");
  });

  it("is pushed with --push-git-tag, and again without harm", async () => {
    const there = origin();
    expect((await release(["1.0.0", "--push-git-tag"])).exit).toBe(0);
    expect(there("rev-parse", "v1.0.0^{commit}")).toBe(made.git("rev-parse", "HEAD"));
    expect((await release(["1.0.0", "--push-git-tag"])).exit).toBe(0);
  });

  it("that cannot be pushed fails before anything is published, and says so", async () => {
    made.git("remote", "add", "origin", file("nowhere.git"));
    const { stderr, exit } = await release(["1.0.0", "--push-git-tag", "-q"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^GIT_FAILED {2}nothing was begun/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await registryState(local)).toEqual({});
  });

  it("that a hook holds up fails after the release, and says so", async () => {
    origin();
    const hook = join(made.dir, ".git", "hooks", "pre-push");
    mkdirSync(join(hook, ".."), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { stderr, exit } = await release(["1.0.0", "--push-git-tag", "-q"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^GIT_FAILED {2}team\/app 1\.0\.0 is published everywhere; its git tag/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(Object.values(await registryState(local))).toHaveLength(2);
  });
});
