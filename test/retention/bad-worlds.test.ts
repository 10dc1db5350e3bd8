import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import { runCommand } from "../support/command.ts";
import { clockedEcr } from "./clocked-ecr.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "slipway-lifecycle-bad-"));
  const selection = {
    tagStatus: "tagged",
    tagPatternList: ["v*"],
    countType: "imageCountMoreThan",
    countNumber: 9,
  };
  const rules = [{ rulePriority: 1, selection, action: { type: "expire" } }];
  writeFileSync(join(cwd, "policy.json"), JSON.stringify({ rules }));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const all = ["--all", "--region", "us-east-1", "--policy", "policy.json"];
const plan = (...args: string[]) => runCommand(LifecyclePlanCommand, [...all, ...args], { cwd });
const verify = () => runCommand(LifecycleVerifyCommand, all, { cwd });
const apply = () => runCommand(LifecycleApplyCommand, all, { cwd });
const names = ["team/a", "team/b", "team/c"];

test("throttling alone fails nothing", async () => {
  await using ecr = await clockedEcr();
  for (let at = 0; at < 12; at += 1) await ecr.create(`team/r${at}`);
  ecr.setFaults({ seed: 7, rules: [{ plane: "api", probability: 0.6, fault: "throttle" }] });
  const { value, exit } = await plan();
  expect(exit).toBe(0);
  expect(value?.repositories).toHaveLength(12);
}, 60_000);

test("one repository that cannot be read does not hide the others", async () => {
  await using ecr = await clockedEcr({ deny: ["DescribeImages:team/b"] });
  for (const name of names) await ecr.create(name);
  const { value, exit, stdout } = await plan();
  expect(exit).toBe(1);
  expect(value?.repositories.map(({ repository }) => repository)).toEqual(["team/a", "team/c"]);
  expect(value?.failures).toMatchObject([{ repository: "team/b", code: "ACCESS_DENIED" }]);
  expect(stdout).toMatch(/ACCESS_DENIED {2}team\/b at us-east-1: .*ecr:DescribeImages/);
});

test("a registry that cannot be listed does not hide the others", async () => {
  await using ecr = await clockedEcr();
  await ecr.create("team/a");
  const error = { fault: "error", code: "AccessDeniedException" } as const;
  const listing = { operation: "DescribeRepositories", ...error };
  ecr.setFaults({ rules: [{ ...listing, registry: "123456789012/eu-west-1" }] });
  writeFileSync(join(cwd, "map.yaml"), "policies: [{ match: team/*, policy: policy.json }]");
  const both = ["--manifest", "map.yaml", "--region", "us-east-1", "--region", "eu-west-1"];
  const applied = await runCommand(LifecycleApplyCommand, both, { cwd });
  expect(applied.exit).toBe(1);
  expect(applied.value?.outcomes).toMatchObject([{ repository: "team/a", outcome: "put" }]);
  expect(applied.value?.failures).toMatchObject([{ repository: "*", id: "eu-west-1" }]);
  expect(applied.stdout).toContain("ACCESS_DENIED  all repositories at eu-west-1: ");
  const verified = await runCommand(LifecycleVerifyCommand, [...both, "--allow-never"], { cwd });
  expect(verified.exit).toBe(1);
  expect(verified.stdout).toContain("1 repository as it should be, and others could not be read");
  ecr.setFaults({ rules: [listing] });
  const none = await runCommand(LifecyclePlanCommand, both, { cwd });
  expect([none.exit, none.value]).toEqual([1, undefined]);
  expect(none.stderr).toContain("ACCESS_DENIED");
});

test("what could not be read is no drift: verify ends with 1, and with 3 beside a policy that differs", async () => {
  await using ecr = await clockedEcr({ deny: ["DescribeImages:team/b"] });
  await ecr.create("team/b");
  const first = await verify();
  expect([first.exit, first.value?.holds]).toEqual([1, false]);
  expect(first.stdout).toContain("0 repositories as it should be, and 1 repository could not be");
  await ecr.create("team/a");
  const second = await verify();
  expect(second.exit).toBe(3);
  expect(second.stdout).toContain("1 repository: 1 not as it should be, and 1 repository could");
});

test("a prefix that fits no repository is a slip, and an empty registry is none", async () => {
  await using _ecr = await clockedEcr();
  const prefix = ["--prefix", "taem/", "--region", "us-east-1"];
  const { exit, stderr } = await runCommand(LifecycleVerifyCommand, prefix, { cwd });
  expect(exit).toBe(1);
  expect(stderr).toContain("no repository at us-east-1 has a name like 'taem/*'");
  const empty = await verify();
  expect(empty.exit).toBe(0);
  expect(empty.stdout).toContain("there is no repository to look at");
});

test("what runs and is gone is told in a table of many repositories, too", async () => {
  await using ecr = await clockedEcr();
  for (let at = 0; at < 7; at += 1) await ecr.create(`team/r${at}`);
  writeFileSync(join(cwd, "running.txt"), `team/r3:v1\nteam/r4@sha256:${"a".repeat(64)}`);
  const { stdout } = await plan("--in-use", "running.txt");
  expect(stdout).toContain("in use, and not here  team/r3:v1\n");
  expect(stdout).not.toContain("not shown here");
  await ecr.push("team/r5", 3, "main-1");
  expect((await plan()).stdout).toContain("1 warning not shown here: --repository NAME shows");
  expect(stdout).toContain("in use, and not here  team/r4@sha256:aaaa");
});

test("what could be written nowhere is not called nothing to do", async () => {
  await using ecr = await clockedEcr({ deny: ["PutLifecyclePolicy"] });
  for (const name of names) await ecr.create(name);
  const { exit, stdout } = await apply();
  expect(exit).toBe(1);
  expect(stdout).toContain("Nothing is written at any of 3 repositories.");
});

test("goes on without the permission for previews, and says so", async () => {
  await using ecr = await clockedEcr({ deny: ["StartLifecyclePolicyPreview"] });
  await ecr.create("team/a");
  await ecr.push("team/a", 3, "v1");
  const { value, exit, stdout } = await plan("--preview");
  expect(exit).toBe(0);
  expect(value?.repositories[0]?.preview?.state).toBe("unavailable");
  expect(stdout).toMatch(
    /no preview of ECR's {2}.*ecr:StartLifecyclePolicyPreview.* are Slipway's own/,
  );
});

test("tells a repository that vanishes half-way", async () => {
  await using ecr = await clockedEcr();
  for (const name of names) await ecr.create(name);
  const gone = { fault: "error", code: "RepositoryNotFoundException" } as const;
  ecr.setFaults({ rules: [{ operation: "DescribeImages", nth: 2, ...gone }] });
  const { value, exit } = await plan();
  expect(exit).toBe(1);
  const states = value?.repositories.map(({ state }) => state).sort();
  expect(states).toEqual(["no-repository", "none", "none"]);
});

test("is finished by running it again", async () => {
  await using ecr = await clockedEcr();
  for (const name of names) await ecr.create(name);
  const denied = { fault: "error", code: "AccessDeniedException" } as const;
  ecr.setFaults({ rules: [{ operation: "PutLifecyclePolicy", nth: 2, ...denied }] });
  const first = await apply();
  expect(first.exit).toBe(1);
  expect(first.value?.outcomes).toHaveLength(2);
  expect(first.value?.failures).toMatchObject([{ code: "ACCESS_DENIED" }]);
  expect(first.stdout).toContain("Put in place and read back at 2 of 3 repositories.");
  ecr.setFaults(undefined);
  const second = await apply();
  expect(second.exit).toBe(0);
  expect(second.value?.outcomes).toHaveLength(1);
  expect((await apply()).stdout).toContain("Nothing to do.");
});

test("a lost answer to the put is no failure", async () => {
  await using ecr = await clockedEcr();
  await ecr.create("team/a");
  ecr.setFaults({ rules: [{ operation: "PutLifecyclePolicy", times: 1, fault: "lost" }] });
  const { value, exit } = await apply();
  expect([exit, value?.outcomes.map(({ outcome }) => outcome)]).toEqual([0, ["put"]]);
});

test("an empty repository and one without a policy are no accidents", async () => {
  await using ecr = await clockedEcr();
  await ecr.create("team/a");
  const { value, exit, stdout } = await plan();
  expect(exit).toBe(0);
  expect(value?.repositories).toMatchObject([{ state: "none", effect: { changes: [] }, lint: [] }]);
  expect(stdout).toContain("No image changes its fate.");
  const where = ["--repository", "team/a", "--region", "us-east-1"];
  const simulated = await runCommand(LifecycleSimulateCommand, where, { cwd });
  expect(simulated.exit).toBe(2);
  expect(simulated.stderr).toContain("team/a at 123456789012/us-east-1 has no lifecycle policy");
});

test("several regions are several registries, each with its own account in the answer", async () => {
  await using ecr = await clockedEcr();
  await ecr.create("team/a");
  const regions = ["--region", "us-east-1", "--region", "eu-west-1", "--repository", "team/a"];
  const args = [...regions, "--policy", "policy.json"];
  const { value, exit } = await runCommand(LifecyclePlanCommand, args, { cwd });
  expect(exit).toBe(1);
  expect(value?.repositories.map(({ id, state }) => [id, state])).toEqual([
    ["123456789012/eu-west-1", "no-repository"],
    ["123456789012/us-east-1", "none"],
  ]);
});

test("takes everything from slipway.yaml when no flag says otherwise", async () => {
  await using ecr = await clockedEcr();
  await ecr.create("team/a");
  const file = "image: team/a\ntargets: us-east-1\nlifecycle: policy.json\n";
  writeFileSync(join(cwd, "slipway.yaml"), file);
  const { value, exit } = await runCommand(LifecycleApplyCommand, [], { cwd });
  rmSync(join(cwd, "slipway.yaml"));
  expect(exit).toBe(0);
  expect(value?.outcomes).toMatchObject([{ repository: "team/a", outcome: "put" }]);
});
