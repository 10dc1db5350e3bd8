import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecycleExplainCommand from "../../commands/lifecycle/explain.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import { runCommand } from "../support/command.ts";
import { type ClockedEcr, clockedEcr } from "./clocked-ecr.ts";

const where = ["--repository", "app", "--region", "us-east-1"];
const twoWeeks = {
  rules: [
    {
      rulePriority: 1,
      selection: {
        tagStatus: "any",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 14,
      },
      action: { type: "expire" },
    },
  ],
};

let cwd: string;
let ecr: ClockedEcr;
let policy: string[];

/** At ECR it is fifteen days later than here: the image of yesterday is sixteen days old there. */
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "slipway-ecr-time-"));
  writeFileSync(join(cwd, "policy.json"), JSON.stringify(twoWeeks));
  policy = [...where, "--policy", "policy.json"];
  ecr = await clockedEcr();
  await ecr.create("app");
  await ecr.push("app", 1, "yesterday");
  ecr.advance(15);
}, 60_000);
afterAll(async () => {
  await ecr[Symbol.asyncDispose]();
  rmSync(cwd, { recursive: true, force: true });
});

test("images are as old as they are at ECR, wherever this machine's clock stands", async () => {
  const all = ["--allow", "share"];
  const planned = await runCommand(LifecyclePlanCommand, [...policy, ...all, "--preview"], { cwd });
  const [repository] = planned.value?.repositories ?? [];
  expect(repository?.effect.after.expires.images).toBe(1);
  expect(repository?.preview).toEqual({ state: "agrees", images: 1 });

  const explained = await runCommand(LifecycleExplainCommand, ["yesterday", ...policy], { cwd });
  expect(explained.value?.verdict.fate).toBe("expires");

  const ahead = [...policy, "--days", "1", "--push", "none"];
  const simulated = await runCommand(LifecycleSimulateCommand, ahead, { cwd });
  expect(simulated.value?.days.map(({ departures }) => departures.length)).toEqual([1, 0]);

  const guarded = await runCommand(LifecycleApplyCommand, policy, { cwd });
  expect(guarded.exit).toBe(3);
  expect(guarded.stdout).toContain("1 of 1 images would go");
});

test("an evaluation is as long ago as it is at ECR", async () => {
  await ecr.put("app", twoWeeks);
  ecr.advance(1.5);
  const verify = async (hours: string) => {
    const { value } = await runCommand(LifecycleVerifyCommand, [...policy, "--max-age", hours], {
      cwd,
    });
    return value?.repositories.map(({ evaluated }) => evaluated);
  };
  expect(await verify("11")).toEqual(["late"]);
  expect(await verify("13")).toEqual(["recent"]);
});
