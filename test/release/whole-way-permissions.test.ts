import { afterEach, expect, it } from "vitest";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, type Rehearsal, rehearsal, release } from "../support/release.ts";

const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      selection: {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 14,
      },
      action: { type: "expire" },
    },
  ],
};

let local: Rehearsal;
let source: Project;

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

async function start(deny: readonly string[]): Promise<void> {
  local = await rehearsal({ deny });
  source = project({
    "slipway.yaml": `image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\nlifecycle: ${JSON.stringify(lifecycle)}\n`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
}

it.each(["DescribeImages", "DescribeRepositories"])(
  "names %s and the repository's ARN, and plans nothing",
  async (operation) => {
    await start([operation]);
    const { problems } = await plan(source, "1.0.0");
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: "PERMISSION_MISSING",
        remedy: expect.stringMatching(
          new RegExp(`^allow ecr:${operation} on arn:aws:ecr:us-east-1:.*:repository/team/app `),
        ),
      }),
    );
  },
);

it("goes on without knowing the lifecycle policy in place, and says so", async () => {
  await start(["GetLifecyclePolicy"]);
  await prepareLayout(source, local);
  const done = await release(source, "1.0.0");
  expect(done.plan.notes.map(({ code }) => code)).toContain("POLICY_UNREAD");
  const put = done.receipt.steps.find(({ step }) => step.action === "put-lifecycle-policy");
  expect(put?.state).toBe("done");
});
