import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import LifecycleExplainCommand from "../../commands/lifecycle/explain.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import { journalFile, writeEvents } from "../../src/local/journal.ts";
import { runCommand } from "../support/command.ts";
import { type ClockedEcr, clockedEcr } from "./clocked-ecr.ts";

const policyOf = (countType: string) => {
  const selection = { tagStatus: "any", countType, countNumber: 9 };
  return JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
};
const where = ["--repository", "app", "--region", "us-east-1"];

let cwd: string;
let ecr: ClockedEcr;
/** The policy in place is one that ECR may take some day, and that the local ECR refuses to put. */
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "slipway-unread-policy-"));
  writeFileSync(join(cwd, "wanted.json"), policyOf("imageCountMoreThan"));
  const dir = join(cwd, "data");
  {
    await using first = await clockedEcr({ dir });
    await first.create("app");
    await first.push("app", 3, "v1");
  }
  const lifecycle = { text: policyOf("sinceImageScanned"), setAt: Date.now() };
  const folder = join(dir, "registries", "123456789012", "us-east-1");
  writeEvents(journalFile(folder, "app"), [{ did: "set-lifecycle", lifecycle }]);
  ecr = await clockedEcr({ dir });
});
afterAll(async () => {
  await ecr[Symbol.asyncDispose]();
  rmSync(cwd, { recursive: true, force: true });
});

test.each([
  ["explain", () => runCommand(LifecycleExplainCommand, ["v1", ...where], { cwd })],
  ["simulate", () => runCommand(LifecycleSimulateCommand, where, { cwd })],
])(
  "%s says that it cannot read the policy in place, and not that there is none",
  async (_, run) => {
    const { stderr, exit } = await run();
    expect(exit).toBe(2);
    expect(stderr).toContain("the policy in place of app at 123456789012/us-east-1 cannot be read");
    expect(stderr).toContain("sinceImageScanned");
  },
);

test("plan says that what the policy in place takes is not known", async () => {
  const args = [...where, "--policy", "wanted.json"];
  const { stdout, value } = await runCommand(LifecyclePlanCommand, args, { cwd });
  expect(value?.repositories[0]).toMatchObject({
    state: "differs",
    presentMistakes: [expect.stringContaining("sinceImageScanned")],
  });
  expect(stdout).toContain("cannot be read by this Slipway, and what it takes is not known");
  expect(stdout).toContain("without a policy");
  expect(stdout).not.toContain("as it is ");
});

test.each([[], ["--policy", "wanted.json"]])("verify says why %s", async (...args) => {
  const run = runCommand(LifecycleVerifyCommand, [...where, ...args], { cwd });
  const { stdout, exit } = await run;
  expect(exit).toBe(3);
  expect(stdout).toContain("sinceImageScanned");
});
