import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPlan } from "../support/plan-command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { toolsWith } from "../support/tools.ts";

let made: Project;
let local: Rehearsal;

const config = `image: team/app
targets:
  - us-east-1
  - { region: eu-central-1, account: "098765432109" }
repository: { create: true }
`;

beforeAll(async () => {
  local = await rehearsal();
  made = project({ Dockerfile: "FROM scratch\nCOPY . /\n", "slipway.yaml": config });
  await prepareLayout(made, local);
});
afterAll(async () => {
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

const plan = (args: string[], options: object = {}) => runPlan(args, { cwd: made.dir, ...options });

const words = (text: string) => text.split(/\s+/).filter(Boolean);

describe("slipway plan", () => {
  it("prints every step with its reason, and nothing on stderr", async () => {
    const { stdout, stderr, exit } = await plan(["1.0.0"]);
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain("team/app 1.0.0  (asked for)");
    expect(stdout).toMatch(/098765432109\/eu-central-1 +no repository yet/);
    expect(stdout).toMatch(/\+ upload the image +the image is not there; from the layout/);
    expect(stdout).toMatch(/\+ tag 1\.0\.0 +the version tag is free/);
  });

  it("fits 80 columns without losing a word", async () => {
    const wide = await plan(["1.0.0"], { columns: 200 });
    const narrow = await plan(["1.0.0"], { columns: 80 });
    const lines = narrow.stdout.split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeGreaterThan(wide.stdout.split("\n").length);
    expect(words(narrow.stdout).sort()).toEqual(words(wide.stdout).sort());
  });

  it("prints with --json one document: what it computed", async () => {
    const { stdout, stderr, value } = await plan(["1.0.0", "--json"]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(value?.problems).toEqual([]);
    expect(stderr).toBe("");
  });

  it("needs no file when the flags say all", async () => {
    using bare = project({ Dockerfile: "FROM scratch\nCOPY . /\n" });
    const where = ["--image", "other", "--region", "us-east-1"];
    const env = { PATH: toolsWith({}) };
    const run = (...more: string[]) =>
      runPlan(["1.0.0", ...where, ...more], { cwd: bare.dir, env });
    const without = await run();
    expect(without.value?.problems).toMatchObject([{ code: "REPOSITORY_MISSING" }]);
    expect(without.stdout).toContain("--create-repository");
    const { value, exit } = await run("--create-repository");
    expect([exit, value?.problems]).toEqual([0, []]);
    expect(value?.steps[0]?.action).toBe("create-repository");
  });

  it("says where a plan of a project below is applied", async () => {
    using both = project({
      "app/Dockerfile": "FROM scratch\n",
      "app/slipway.yaml": config,
      ".gitignore": "plan.json\n",
    });
    const env = { PATH: toolsWith({}) };
    const args = ["1.0.0", "--config", "app/slipway.yaml", "--out", "plan.json"];
    const { stdout, value } = await runPlan(args, { cwd: both.dir, env });
    expect(value?.directory).toBe("app");
    expect(stdout).toContain("saved: cd app && slipway release --plan ../plan.json");
  });

  it("saves the plan of a dirty tree where git looks away", async () => {
    using dirty = project({
      Dockerfile: "FROM scratch\nCOPY . /\n",
      "slipway.yaml": config,
      ".gitignore": "plan.json\n",
    });
    writeFileSync(join(dirty.dir, "new.txt"), "new");
    const options = { cwd: dirty.dir, env: { PATH: toolsWith({}) } };
    const args = ["1.0.0", "--out", "plan.json"];
    const refused = await runPlan(args, options);
    expect([refused.exit, refused.value?.problems.map(({ code }) => code)]).toEqual([
      3,
      ["DIRTY_TREE"],
    ]);
    const allowed = await runPlan([...args, "--allow-dirty"], options);
    expect([allowed.exit, allowed.stderr]).toEqual([0, ""]);
  });

  it("saves the plan with --out and says how to apply it", async () => {
    const { stdout, value } = await plan(["1.0.0", "--out", "plan.json"], {});
    const { checksum, ...saved } = JSON.parse(readFileSync(join(made.dir, "plan.json"), "utf8"));
    made.git("clean", "--quiet", "--force");
    expect(saved).toEqual(JSON.parse(JSON.stringify(value)));
    expect(checksum).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(stdout).toContain("slipway release --plan plan.json");
  });

  it("replaces a plan with --out, and no other file", async () => {
    const { stderr, exit } = await plan(["1.0.0", "--out", "slipway.yaml"]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(
      /^USAGE {2}--out 'slipway\.yaml' would overwrite a file that is not a saved plan/,
    );
    expect(readFileSync(join(made.dir, "slipway.yaml"), "utf8")).toBe(config);
    const again = () => plan(["1.0.0", "--out", "again.json"]);
    const exits = [(await again()).exit, (await again()).exit];
    made.git("clean", "--quiet", "--force");
    expect(exits).toEqual([0, 0]);
  });

  it("ends with 3 when the plan has problems, each with what to do", async () => {
    const { stdout, stderr, exit, value } = await plan([]);
    expect(exit).toBe(3);
    expect(stdout).toContain("VERSION_MISSING  no git tag vMAJOR.MINOR.PATCH is at HEAD");
    expect(stdout).toMatch(/try {2}name the version/);
    expect(value?.problems).toHaveLength(1);
    expect(stderr).toBe("");
  });

  it("prints the problems as JSON too, with the same exit status", async () => {
    const { stdout, exit } = await plan(["--json"]);
    expect(exit).toBe(3);
    expect(JSON.parse(stdout).problems[0].code).toBe("VERSION_MISSING");
  });

  it.each(["banana", "1.1", "latest"])("ends with 2 when the version is %s", async (version) => {
    const { stdout, stderr, exit } = await plan([version]);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `USAGE  '${version}' is not a semantic version\n  try  write it as 1.4.0, or say major, minor, patch or prerelease\n`,
    );
  });

  it.each(["b_ad", "01", "", "a+b", "beta..x"])("says that --preid '%s' is none", async (preid) => {
    const { stderr, exit } = await plan(["prerelease", "--preid", preid]);
    expect(exit).toBe(2);
    expect(stderr).toContain(`USAGE  --preid '${preid}' is not the name of a prerelease`);
  });

  it("ends with 2 when a flag does not exist, and names the help", async () => {
    const { stdout, stderr, exit } = await plan(["--nonsense"]);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toBe("USAGE  there is no flag --nonsense\n  try  slipway plan --help\n");
  });

  it("prints an error as one JSON document with --json", async () => {
    const { stdout, stderr, exit } = await plan(["--nonsense", "--json"]);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "USAGE",
        message: "there is no flag --nonsense",
        suggestions: ["slipway plan --help"],
      },
    });
    expect(stderr).toContain("USAGE");
  });

  it("refuses, before it asks anybody, a file that cannot be written", async () => {
    const asked = local.requests.length;
    const { stderr, exit } = await plan(["1.0.0", "--out", "no/such/plan.json"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("--out 'no/such/plan.json' cannot be written: there is no such dir");
    expect(local.requests.length).toBe(asked);
  });
});
