import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import InitCommand from "../../commands/init.ts";
import PlanCommand from "../../commands/plan.ts";
import { readRequest } from "../../src/config/load.ts";
import { runCommand } from "../support/command.ts";
import { type Project, project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { toolsWith } from "../support/tools.ts";

let made: Project | undefined;
afterEach(() => made?.[Symbol.dispose]());

const noRegion = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };

function init({ dir }: Project, args: string[] = [], env: object = {}) {
  return runCommand(InitCommand, args, { cwd: dir, env: { ...noRegion, ...env } });
}

const written = ({ dir }: Project) => readFileSync(join(dir, "slipway.yaml"), "utf8");

async function requestOf({ dir }: Project, regions: readonly string[] = []) {
  const text = written({ dir } as Project);
  const readFile = async () => "";
  const loaded = await readRequest({ text, projectDir: dir, overrides: { regions }, readFile });
  return "request" in loaded ? loaded.request : loaded.errors;
}

describe("slipway init", () => {
  it("writes a file that loads, from remote, stages and region", async () => {
    made = project({ Dockerfile: "FROM scratch AS base\nFROM base AS runtime\nCOPY . /\n" });
    made.git("remote", "add", "origin", "git@example.com:team/Shop_API.git");
    const { stdout, stderr, exit } = await init(made, [], { AWS_REGION: "eu-west-1" });
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toBe(`wrote slipway.yaml, for the image shop-api, named after the git remote

next:
  git add slipway.yaml && git commit -m 'Describe the release'
  slipway plan 0.1.0 --create-repository
`);
    expect(written(made)).toContain("stages: base, runtime");
    expect(await requestOf(made)).toMatchObject({
      image: "shop-api",
      targets: [{ region: "eu-west-1" }],
    });
  });

  it.each([
    [["v1.2.3", "v1.10.0"], "1.11.0"],
    [["app-1.2.3"], "1.3.0"],
    [["app/v1.2.3", "app/v2.0.0-rc.1"], "2.0.0"],
    [["nightly"], "0.1.0"],
  ])("goes on from the versions of the git tags %j", async (tags, next) => {
    made = project({ Dockerfile: "FROM scratch\nCOPY . /\n" });
    for (const tag of tags) made.git("tag", tag);
    const { stdout } = await init(made, ["--region", "eu-west-1"]);
    expect(stdout).toContain(`\n  slipway plan ${next} --create-repository\n`);
    expect(written(made)).toContain(`slipway plan ${next}\n`);
  });

  it("needs no Dockerfile, remote or region", async () => {
    made = project({ "README.md": "nothing here" });
    const { stdout, exit } = await init(made);
    expect(exit).toBe(0);
    expect(stdout).toContain("name it under 'targets' in slipway.yaml");
    expect(stdout).toMatch(/^ {2}slipway plan 0\.1\.0 --create-repository --region REGION$/m);
    expect(await requestOf(made, ["eu-west-1"])).toMatchObject({ build: { context: "." } });
  });

  it.each([
    ["no commit", (dir: string) => rmSync(join(dir, ".git"), { recursive: true })],
    ["a commit", () => {}],
    ["changes", (dir: string) => writeFileSync(join(dir, "more.txt"), "")],
  ])(
    "proposes commands that lead to a plan without problems, in a folder with %s",
    async (_, set) => {
      await using _local = await rehearsal();
      made = project({ Dockerfile: "FROM scratch\nCOPY . /\n" });
      set(made.dir);
      const { stdout } = await init(made, ["--region", "eu-west-1"]);
      const [, commands = ""] = stdout.split("next:\n");
      const [git = "", plan = ""] = commands.trim().split(/\n */);
      const who = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com" };
      const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
      execFileSync("sh", ["-c", git], {
        cwd: made.dir,
        env: { ...process.env, ...who, ...committer },
        stdio: "ignore",
      });
      const [slipway, name, ...words] = plan.split(" ");
      expect([slipway, name]).toEqual(["slipway", "plan"]);
      const PATH = toolsWith({});
      const planned = await runCommand(PlanCommand, words, { cwd: made.dir, env: { PATH } });
      expect(planned.exit, planned.stdout + planned.stderr).toBe(0);
    },
  );

  it("says whose name the image has", async () => {
    made = project({ Dockerfile: "FROM scratch\n" });
    const dir = join(made.dir, "My Äpp!");
    mkdirSync(dir);
    const { stdout } = await runCommand(InitCommand, [], { cwd: dir, env: noRegion });
    expect(stdout).toContain("for the image my-app, named after the folder 'My Äpp!'\n");
    const nameless = join(made.dir, "+");
    mkdirSync(nameless);
    const other = await runCommand(InitCommand, [], { cwd: nameless, env: noRegion });
    expect(other.stdout).toContain("for the image app: the folder's name, '+', gives none\n");
  });

  it("keeps the prefix of git tags", async () => {
    made = project({ Dockerfile: "FROM scratch\n" });
    made.git("tag", "payments/v1.2.0");
    await init(made, ["--region", "eu-west-1"]);
    expect(await requestOf(made)).toMatchObject({ tags: { gitPrefix: "payments/v" } });
  });

  it("prints with --json the file and its text", async () => {
    made = project({ Dockerfile: "FROM scratch\n" });
    const { stdout, value } = await init(made, ["--json"]);
    expect(JSON.parse(stdout)).toEqual(value);
    expect(value).toEqual({ file: "slipway.yaml", text: written(made) });
  });

  it("never replaces a file unless told to", async () => {
    made = project({ "slipway.yaml": "image: mine\n" });
    const refused = await init(made);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toMatch(/^USAGE {2}slipway\.yaml already exists\n {2}try {2}/);
    expect(written(made)).toBe("image: mine\n");
    expect((await init(made, ["--force"])).exit).toBe(0);
    expect(written(made)).not.toBe("image: mine\n");
  });

  it("does not write beside a slipway.yml, which would no longer be read", async () => {
    made = project({ "slipway.yml": "image: mine\n" });
    const { stderr, exit } = await init(made);
    expect(exit).toBe(2);
    expect(stderr).toContain("slipway.yml already exists");
  });

  it("refuses a region that is none", async () => {
    made = project({ Dockerfile: "FROM scratch\n" });
    const { stderr, exit } = await init(made, ["--region", "Frankfurt"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("USAGE  'Frankfurt' is not an AWS region");
  });
});
