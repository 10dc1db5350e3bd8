import { BatchDeleteImageCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { ecrClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

let made: Project;
let local: Rehearsal;

beforeAll(async () => {
  local = await rehearsal();
  made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
  });
  await prepareLayout(made, local);
  await runCommand(ReleaseCommand, ["1.0.0", "-q"], { cwd: made.dir });
});
afterAll(async () => {
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

const verify = (args: string[], options: object = {}) =>
  runCommand(VerifyCommand, args, { cwd: made.dir, ...options });

describe("slipway verify", () => {
  it("proves a release, check by check, within 80 columns", async () => {
    const { stdout, stderr, exit } = await verify(["1.0.0"], { columns: 80 });
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^team\/app 1\.0\.0 is published as it should be/);
    expect(stdout).toMatch(/ok {2}platform linux\/arm64 +present/);
    expect(stdout).not.toMatch(/^ +NO/m);
  });

  it("prints with --json one document: what it computed", async () => {
    const { stdout, value } = await verify(["1.0.0", "--json"]);
    expect(JSON.parse(stdout)).toEqual(value);
    expect(value).toMatchObject({ holds: true, version: "1.0.0" });
  });

  it("ends with 3 when nothing is there under that version", async () => {
    const { stdout, exit } = await verify(["2.0.0"]);
    expect(exit).toBe(3);
    expect(stdout).toMatch(/^team\/app 2\.0\.0 is not published as it should be/);
    expect(stdout).toMatch(/NO {2}tag 2\.0\.0 +it does not exist/);
  });

  it("ends with 3 when a tag of the release is gone", async () => {
    const repositoryName = "team/app";
    const imageIds = [{ imageTag: "latest" }];
    await ecrClient(local.ecr).send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    const { value, exit } = await verify(["1.0.0", "--json"]);
    expect(exit).toBe(3);
    const { stdout } = await verify(["1.0.0"], { columns: 60, env: { FORCE_COLOR: "1" } });
    const red = stdout.split("\n").filter((line) => line.startsWith("\u001b[31m"));
    expect(red.length).toBeGreaterThan(1);
    expect(red.join(" ")).toMatch(/NO {2}tag latest.*missing.*1\.0\.0 is/);
    const names = value?.targets[0]?.checks.flatMap((one) => (one.holds ? [] : [one.name]));
    expect(names).toEqual(["tag latest"]);
  });

  it("ends with 2 without a version", async () => {
    const { stderr, exit } = await verify([]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^USAGE {2}/);
    expect(stderr).toContain("try  slipway verify --help");
  });

  it.each(["1.0", "latest", "v"])("ends with 2 when '%s' is no version", async (text) => {
    const { stderr, stdout, exit } = await verify([text]);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`USAGE  '${text}' is not a semantic version`);
  });

  it("takes the v that git tags carry", async () => {
    expect((await verify(["v1.0.0", "--json"])).value?.version).toBe("1.0.0");
  });
});
