import { afterAll, beforeAll, expect, it } from "vitest";
import { runPlan } from "../support/plan-command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

let local: Rehearsal;
let source: Project;
const rule = {
  rulePriority: 1,
  selection: {
    tagStatus: "any",
    countType: "sinceImagePushed",
    countUnit: "days",
    countNumber: 30,
  },
  action: { type: "expire" },
};

beforeAll(async () => {
  const images = [{ tags: ["1.0.0"], ageDays: 90 }];
  local = await rehearsal({ seed: { repositories: [{ name: "team/app", images }] } });
  source = project({
    "slipway.yaml": `image: team/app\ntargets: [us-east-1]\nlifecycle: ${JSON.stringify({ rules: [rule] })}\n`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local);
});
afterAll(async () => {
  source?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
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
