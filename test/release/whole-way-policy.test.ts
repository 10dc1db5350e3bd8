import { afterAll, beforeAll, expect, it } from "vitest";
import { olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { runPlan } from "../support/plan-command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

let local: Rehearsal;
let source: Project;
let later: Project;

beforeAll(async () => {
  const repositories = [
    { name: "team/app", images: [{ tags: ["1.0.0"], ageDays: 90 }] },
    { name: "team/later", images: [{ tags: ["1.0.0"], ageDays: 20 }] },
  ];
  local = await rehearsal({ seed: { repositories } });
  source = projectOf("team/app");
  later = projectOf("team/later");
  await prepareLayout(source, local);
  await prepareLayout(later, local);
});
afterAll(async () => {
  source?.[Symbol.dispose]();
  later?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

const projectOf = (image: string) =>
  project({
    "slipway.yaml": `image: ${image}\ntargets: [us-east-1]\nlifecycle: ${JSON.stringify(policyOf(olderThan("any", 30)))}\n`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
const plan = (...args: string[]) => runPlan(args, { cwd: source.dir });

it("refuses a policy that would take a release that is needed, and does without it on demand", async () => {
  const refused = await plan("2.0.0");
  expect(refused.exit).toBe(3);
  expect(refused.stdout).toContain("POLICY_GUARDED");
  expect(refused.stdout).toMatch(/release 1\.0\.0\s+is one of the last 3/);
  const kept = await plan("2.0.0", "--keep-policy", "--json");
  expect(kept.exit).toBe(0);
  expect(kept.value?.steps.map(({ action }) => action)).not.toContain("put-lifecycle-policy");
});

it("judges by ECR's clock how old images are", async () => {
  const planLater = () => runPlan(["2.0.0"], { cwd: later.dir });
  expect((await planLater()).exit).toBe(0);
  local.ecr.advance(15 * 86_400_000);
  const { exit, stdout } = await planLater();
  expect(exit).toBe(3);
  expect(stdout).toContain("POLICY_GUARDED");
});
