import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { runPlan } from "../support/plan-command.ts";
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
const plan = (args: string[]) => runPlan(args, { cwd: made.dir });
const words = (text: string) => text.split(/\s+/).filter(Boolean);
const file = (name: string) => join(scratch, name);
const readJson = (name: string) => JSON.parse(readFileSync(file(name), "utf8"));

describe("slipway release", () => {
  it("prints the receipt on stdout, and plan and progress on stderr", async () => {
    const { stdout, stderr, exit } = await release(["1.0.0"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^team\/app 1\.0\.0 released/);
    expect(stdout).toMatch(/098765432109\/eu-central-1/);
    expect(stdout).not.toContain("upload the image");
    expect(stderr).toMatch(/\+ upload the image +the image is not there/);
    expect(stderr).toMatch(/123456789012\/us-east-1 {2}tag 1\.0\.0 {2}\d+ ms/);
    expect(stderr).not.toContain("\u001b");
  });

  it("loses no word at 80 columns", async () => {
    await release(["1.0.0"]);
    const wide = await release(["1.0.0"], { columns: 200 });
    const narrow = await release(["1.0.0"], { columns: 80 });
    const stable = (text: string) => words(text).filter((word) => !/^\d+(?:\.\d+)?$/.test(word));
    expect(stable(narrow.stdout).sort()).toEqual(stable(wide.stdout).sort());
    expect(narrow.stdout).toContain("was already released; nothing was done");
  });

  it("wraps its reasons at 80 columns", async () => {
    const { stdout } = await release(["1.0.0"], { columns: 80 });
    const long = stdout.split("\n").filter((line) => line.length > 80);
    expect(long.filter((line) => !line.includes("sha256:"))).toEqual([]);
    expect(stdout).toMatch(/repository +created +it does not exist; .*\n {22,}\S/);
  });

  it("prints with --json one document on stdout, the receipt", async () => {
    const { stdout, value, exit } = await release(["1.0.0", "--json"]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(value)));
    expect((value as Receipt).targets).toHaveLength(2);
  });

  it("says nothing on stderr with -q", async () => {
    const { stdout, stderr } = await release(["1.0.0", "-q"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("released");
  });

  it("keeps the receipt in a file", async () => {
    const { value } = await release(["1.0.0", "--receipt", file("receipt.json")]);
    expect(readJson("receipt.json")).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it("replaces no file with a receipt but a receipt", async () => {
    const { stderr, exit } = await release(["1.0.0", "--receipt", join(made.dir, "slipway.yaml")]);
    expect(exit).toBe(2);
    expect(stderr).toContain("would overwrite a file that is not a receipt");
    expect(await registryState(local)).toEqual({});
    await release(["1.0.0", "--receipt", file("receipt.json")]);
    expect((await release(["1.0.0", "--receipt", file("receipt.json")])).exit).toBe(0);
  });

  it("does nothing when the receipt would have no place", async () => {
    const { stderr, exit } = await release(["1.0.0", "--receipt", file("no/receipt.json")]);
    expect(exit).toBe(2);
    expect(stderr).toContain("cannot be written: there is no such directory");
    expect(await registryState(local)).toEqual({});
  });

  it("prints the plan and ends with 3 when the plan has problems", async () => {
    const { stdout, exit, value } = await release([]);
    expect(exit).toBe(3);
    expect(stdout).toContain("1 problem: this plan cannot be applied");
    expect(value).toMatchObject({ problems: [{ code: "VERSION_MISSING" }] });
    expect(await registryState(local)).toEqual({});
  });

  it("refuses a version that another commit has, and changes nothing", async () => {
    await release(["1.0.0"]);
    const before = await registryState(local);
    made.commit({ "more.txt": "more" });
    const { stdout, exit } = await release(["1.0.0"]);
    expect(exit).toBe(3);
    expect(stdout).toMatch(/TAG_TAKEN {2}tag 1\.0\.0 is sha256:/);
    expect(await registryState(local)).toEqual(before);
  });
});

describe("a saved plan", () => {
  it("is applied, and applied again", async () => {
    await plan(["1.0.0", "--out", file("plan.json")]);
    const first = await release(["--plan", file("plan.json"), "--json"]);
    expect(first.exit).toBe(0);
    const before = await registryState(local);
    const again = await release(["--plan", file("plan.json"), "--json"]);
    expect(again.exit).toBe(0);
    expect((again.value as Receipt).digest).toBe((first.value as Receipt).digest);
    expect(await registryState(local)).toEqual(before);
  });

  it("is refused when somebody released something else meanwhile", async () => {
    await plan(["1.0.0", "--out", file("plan.json")]);
    const planned = made.git("rev-parse", "HEAD");
    made.commit({ "more.txt": "more" });
    await prepareLayout(made, local);
    expect((await release(["1.0.0"])).exit).toBe(0);
    const before = await registryState(local);
    made.git("checkout", "--quiet", planned);
    const { stderr, exit } = await release(["--plan", file("plan.json"), "-q"]);
    expect(exit).toBe(3);
    expect(stderr).toMatch(/^(?:PLAN_STALE|VERSION_TAKEN) {2}/);
    expect(stderr).toMatch(/tag 1\.0\.0 .* sha256:/);
    expect(stderr).toContain("  try  ");
    expect(await registryState(local)).toEqual(before);
  });

  it("and a receipt may stand in the working tree, and do not change it", async () => {
    const save = ["1.0.0", "--out", "plan.json"];
    expect((await plan(save)).exit).toBe(0);
    expect((await plan(save)).value?.problems).toEqual([]);
    const apply = ["--plan", "plan.json", "--receipt", "out/receipt.json"];
    mkdirSync(join(made.dir, "out"));
    expect((await release(apply)).exit).toBe(0);
    expect((await release(apply)).exit).toBe(0);
    rmSync(join(made.dir, "out/receipt.json"));
    const { value } = await plan(["1.0.1", "--out", "out/receipt.json"]);
    expect(value?.problems[0]).toMatchObject({ code: "DIRTY_TREE" });
    expect(value?.problems[0]?.message).toMatch(/: plan\.json$/);
  });

  it.each([
    ["edited", (text: string) => text.replaceAll('"1.0.0"', '"1.0.1"'), "it was edited"],
    ["of another format", (text: string) => text.replace('"format": 1', '"format": 2'), "format 1"],
    ["cut off", (text: string) => text.slice(0, 500), "it is not JSON"],
    ["without its checksum", withoutChecksum, "it has no checksum"],
    ["something else", () => '["a list"]', "it is not an object"],
  ])("that is %s is refused before anything happens", async (_, change, said) => {
    await plan(["1.0.0", "--out", file("plan.json")]);
    const text = readFileSync(file("plan.json"), "utf8");
    writeFileSync(file("plan.json"), change(text));
    const { stderr, stdout, exit } = await release(["--plan", file("plan.json")]);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^PLAN_INVALID/);
    expect(stderr).toContain(said);
    expect(stderr).toContain("try  slipway plan VERSION --out");
    expect(await registryState(local)).toEqual({});
  });

  it("that was laid out anew is still the plan", async () => {
    await plan(["1.0.0", "--out", file("plan.json")]);
    const { checksum, ...rest } = readJson("plan.json");
    writeFileSync(file("plan.json"), JSON.stringify({ checksum, ...rest }));
    expect((await release(["--plan", file("plan.json")])).exit).toBe(0);
  });

  it.each([
    [["2.0.0"], "'2.0.0' beside --plan"],
    [["--git-tag"], "--git-tag"],
    [["--allow-dirty"], "--allow-dirty"],
    [["--region", "us-east-1"], "--region"],
  ])("leaves nothing to decide: %j beside it is refused", async (args, said) => {
    const { stderr, exit } = await release(["--plan", file("plan.json"), ...args]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^USAGE {2}/);
    expect(stderr).toContain(said);
  });

  it("that is another file is refused, and is not to be written over", async () => {
    const { stderr, exit } = await release(["--plan", join(made.dir, "slipway.yaml")]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/try {2}slipway plan VERSION --out NEW_FILE$/m);
  });

  it("that does not exist is named", async () => {
    const { stderr, exit } = await release(["--plan", "nowhere.json"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("'nowhere.json' is not a saved plan: there is no such file");
  });
});

function withoutChecksum(text: string): string {
  const { checksum: _, ...plan } = JSON.parse(text);
  return JSON.stringify(plan);
}

describe("in GitHub Actions", () => {
  it("gives outputs and a summary", async () => {
    const env = { GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary") };
    const { value } = await release(["1.0.0"], { env });
    const outputs = Object.fromEntries(
      readFileSync(file("output"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const { digest } = value as Receipt;
    expect(outputs).toMatchObject({ image: "team/app", version: "1.0.0", digest });
    expect(outputs.tags?.split(",")).toEqual(expect.arrayContaining(["1.0.0", "latest"]));
    expect(JSON.parse(outputs.receipt ?? "")).toEqual(JSON.parse(JSON.stringify(value)));
    const summary = readFileSync(file("summary"), "utf8");
    expect(summary).toContain("### team/app 1.0.0");
    expect(summary.split(digest.slice(0, 19))).toHaveLength(2);
    expect(summary).toMatch(/\| 098765432109\/eu-central-1 \| .*`1\.0\.0`/);
  });

  it("asks before it releases whether there is where to put them", async () => {
    local.requests.length = 0;
    for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]) {
      const { exit, stderr } = await release(["1.0.0"], { env: { [name]: "/no/such/file" } });
      expect(exit).toBe(2);
      expect(stderr).toContain(
        `ENVIRONMENT_INVALID  ${name} '/no/such/file' cannot be written: there is no such directory\n`,
      );
      expect(stderr).toContain(`try  unset ${name}`);
    }
    expect(local.requests).toEqual([]);
  });

  it("keeps the receipt where the job's files find no room", async () => {
    const env = { GITHUB_OUTPUT: "/dev/full" };
    const argv = ["1.0.0", "--receipt", file("receipt.json")];
    const { exit, stderr } = await release(argv, { env });
    expect(exit).toBe(1);
    expect(stderr).toContain("no space left on the disk (ENOSPC)");
    expect(JSON.parse(readFileSync(file("receipt.json"), "utf8"))).toMatchObject({
      version: "1.0.0",
    });
  });

  it("tells with --json what has been done where the job's files find no room", async () => {
    for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]) {
      const { exit, stdout, stderr } = await release(["1.0.0", "--json"], {
        env: { [name]: "/dev/full" },
      });
      expect(exit).toBe(1);
      expect(stderr).toContain(
        `FILE_FAILED  everything is published, and ${name} cannot be written to '/dev/full': no space left`,
      );
      expect(JSON.parse(stdout)).toMatchObject({ receipt: { version: "1.0.0" } });
    }
  });

  it("names no tag that stood there already", async () => {
    await release(["1.0.0"]);
    const env = { GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary") };
    await release(["1.0.1"], { env });
    expect(readFileSync(file("output"), "utf8")).toContain("\ntags=1.0.1\n");
    const summary = readFileSync(file("summary"), "utf8");
    expect(summary).toContain("| 098765432109/eu-central-1 | `1.0.1` | none |");
  });
});
