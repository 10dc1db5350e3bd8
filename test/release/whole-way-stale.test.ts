import { join } from "node:path";
import { expect, it } from "vitest";
import { observe } from "../../src/release/observe.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { apply } from "../support/apply.ts";
import { project } from "../support/project.ts";
import { prepare, rehearsal } from "../support/release.ts";

it("refuses to build another commit than the planned one, before anything is touched", async () => {
  await using local = await rehearsal();
  using source = project({
    "slipway.yaml": "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  const { request, world } = await prepare(source, "1.0.0", () => {}, {});
  const plan = { ...planRelease(request, await observe(request, world)), problems: [] };
  source.commit();
  local.requests.length = 0;
  await expect(apply(plan, world)).rejects.toMatchObject({ code: "PLAN_STALE", exit: 3 });
  expect(local.requests).toEqual([]);
});

it("refuses to build in another directory than the planned one, where the same paths are other files", async () => {
  await using local = await rehearsal();
  const config = "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n";
  using source = project({
    Dockerfile: "FROM scratch\nLABEL which=top\n",
    "app/Dockerfile": "FROM scratch\nLABEL which=app\n",
    "slipway.yaml": config,
    "app/slipway.yaml": config,
  });
  const app = { ...source, dir: join(source.dir, "app") };
  const { request, world } = await prepare(app, "1.0.0", () => {}, {});
  const plan = { ...planRelease(request, await observe(request, world)), problems: [] };
  const atTop = (await prepare(source, "1.0.0", () => {}, {})).world;
  local.requests.length = 0;
  await expect(apply(plan, atTop)).rejects.toMatchObject({
    code: "PLAN_STALE",
    message: "the plan is for the project in app, and here is the top of the repository",
  });
  expect(local.requests).toEqual([]);
});
