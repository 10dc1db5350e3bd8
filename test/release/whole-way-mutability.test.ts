import {
  DescribeRepositoriesCommand,
  type ImageTagMutability,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { beforeEach, expect, it } from "vitest";
import { observe } from "../../src/release/observe.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { ecrClient } from "../local/registry.ts";
import { apply } from "../support/apply.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { prepare, type Rehearsal, release } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const config = "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n";
let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({ Dockerfile: "FROM scratch\n", "slipway.yaml": config }));
  await prepareLayout(made, local);
  await release(made, "1.0.0");
});

/** A plan of the first version of a new major, as a file keeps it. */
async function planned(version: string) {
  const { request, world } = await prepare(made, version, () => {}, {});
  const plan = planRelease(request, await observe(request, world));
  expect(plan.steps.map(({ action }) => action)).toContain("put-tag-mutability");
  return () => apply(plan, world);
}

async function locked() {
  const client = ecrClient(local.ecr);
  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
  const [{ imageTagMutability, imageTagMutabilityExclusionFilters = [] } = {}] = repositories ?? [];
  return [imageTagMutability, ...imageTagMutabilityExclusionFilters.map(({ filter }) => filter)];
}

async function lock(imageTagMutability: ImageTagMutability) {
  const input = { repositoryName: "team/app", imageTagMutability };
  await ecrClient(local.ecr).send(new PutImageTagMutabilityCommand(input));
}

it("a plan that is applied again leaves locked what others have locked since", async () => {
  const second = await planned("2.0.0");
  await second();
  await release(made, "3.0.0");
  const filters = ["MUTABLE_WITH_EXCLUSION", "1.*.*", "sha-*", "2.*.*", "3.*.*"];
  expect(await locked()).toEqual(filters);
  const { steps } = await second();
  expect(steps.find(({ step }) => step.action === "put-tag-mutability")?.state).toBe("already");
  expect(await locked()).toEqual(filters);
});

it("a plan whose filters are not those that it saw takes none away that others have set since", async () => {
  const second = await planned("2.0.0");
  await release(made, "3.0.0");
  const filters = await locked();
  await expect(second()).rejects.toMatchObject({
    code: "PLAN_STALE",
    message: expect.stringContaining("was MUTABLE_WITH_EXCLUSION 1.*.* sha-* and is now"),
  });
  expect(await locked()).toEqual(filters);
});

it.each<ImageTagMutability>(["IMMUTABLE", "MUTABLE"])(
  "a repository that was made %s since it was planned stays so",
  async (mutability) => {
    const second = await planned("2.0.0");
    await lock(mutability);
    local.requests.length = 0;
    await expect(second()).rejects.toMatchObject({
      code: "PLAN_STALE",
      message: `123456789012/us-east-1: tag mutability was MUTABLE_WITH_EXCLUSION 1.*.* sha-* and is now ${mutability}`,
    });
    expect(await locked()).toEqual([mutability]);
    expect(local.requests.filter(({ operation }) => operation === "PutImage")).toEqual([]);
  },
);
