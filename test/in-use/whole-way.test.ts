import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import { clockedEcr } from "../retention/clocked-ecr.ts";
import { runCommand } from "../support/command.ts";
import { olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { startStandIn } from "./stand-in.ts";

const policy = JSON.stringify(policyOf(olderThan("any", 30)));
const where = ["--repository", "app", "--region", "us-east-1"];
const wanted = [...where, "--policy", "policy.json", "--max-share", "100"];

test("an image that an ECS task runs is not taken, nor one that Lambda runs, nor by a saved plan", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-in-use-"));
  writeFileSync(join(cwd, "policy.json"), policy);
  await using ecr = await clockedEcr();
  await ecr.create("app");
  const task = await ecr.push("app", 50, "build-1");
  await ecr.push("app", 40, "build-2");
  await ecr.push("app", 1, "build-3");
  const registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
  const apply = (...args: string[]) => runCommand(LifecycleApplyCommand, args, { cwd });

  const planned = await runCommand(LifecyclePlanCommand, [...wanted, "--out", "plain.json"], {
    cwd,
  });
  expect(planned.exit).toBe(0);
  {
    const containers = [{ image: `${registry}/app:gone`, imageDigest: task }];
    await using _ = await startStandIn({ clusters: { main: { tasks: [containers] } } });
    const refused = await apply(...wanted, "--in-use-from", "ecs");
    expect(refused.exit).toBe(3);
    expect(refused.stdout).toContain(`it is in use as ${registry}/app@${task}`);
    expect(refused.stdout).toMatch(
      /^ECS at 123456789012\/us-east-1 runs 2 image references: 1 cluster, 1 running task/,
    );
    const saved = await apply("--plan", "plain.json", "--in-use-from", "ecs,lambda");
    expect([saved.exit, saved.stdout]).toEqual([
      3,
      expect.stringContaining("Lambda at 123456789012"),
    ]);
  }
  {
    await using _ = await startStandIn({});
    const args = [...wanted, "--in-use-from", "lambda", "--out", "asks.json"];
    const free = await runCommand(LifecyclePlanCommand, args, { cwd });
    expect(free.exit).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, "asks.json"), "utf8"))).toMatchObject({
      plan: { guards: { inUse: [], inUseFrom: ["lambda"] } },
    });
  }
  {
    await using _ = await startStandIn({ functions: { "web:3": `${registry}/app:build-2` } });
    const refused = await apply("--plan", "asks.json");
    expect([refused.exit, refused.stdout]).toEqual([
      3,
      expect.stringContaining(`it is in use as ${registry}/app:build-2`),
    ]);
  }
  {
    await using _ = await startStandIn({ deny: ["ListTasks"], clusters: { main: {} } });
    const denied = await apply(...wanted, "--in-use-from", "lambda", "--in-use-from", "ecs");
    expect(denied.exit).toBe(1);
    expect(denied.stderr).toContain("ecs:ListTasks");
    const left = await apply(...wanted, "--in-use-from", "lambda");
    expect([left.exit, left.value?.outcomes]).toMatchObject([0, [{ outcome: "put" }]]);
  }
  rmSync(cwd, { recursive: true, force: true });
}, 60_000);
