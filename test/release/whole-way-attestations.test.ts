import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { layoutStore } from "../../src/oci/layout-store.ts";
import { observe } from "../../src/release/observe.ts";
import { inputsAnnotation } from "../../src/release/planning/identity.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import type { World } from "../../src/release/world.ts";
import { apply } from "../support/apply.ts";
import type { ImageShape } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, prepare, type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { registryState } from "../support/state.ts";

const regions = ["us-east-1", "eu-west-1"];

let local: Rehearsal;
let source: Project;

beforeEach(async () => {
  local = await rehearsal();
  source = project({
    "slipway.yaml": `image: team/app\ntargets: [${regions}]\nrepository: { create: true }\n`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

/** Releases 1.0.0 to each region by itself, from a machine that built the image itself. */
async function machines(...shapes: readonly ImageShape[]) {
  const made = [];
  for (const [at, shape] of shapes.entries()) {
    await prepareLayout(source, local, shape);
    const store = join(local.cacheDir, `machine-${at}`);
    renameSync(join(local.cacheDir, "layouts"), store);
    made.push(layoutStore(store, inputsAnnotation));
  }
  return made.map((layouts, at) => async () => {
    const change = (world: World): World => ({ ...world, layouts });
    const overrides = { regions: [regions[at] ?? ""] };
    return (await release(source, "1.0.0", { overrides, change })).receipt;
  }) as [() => Promise<Receipt>, () => Promise<Receipt>];
}

const failed = async (version: string) =>
  (await verify(source, version)).targets.flatMap(({ checks }) =>
    checks.filter(({ holds }) => !holds),
  );

it("one image whose attestations differ: each target keeps its digest, and its tags agree", async () => {
  const [toEast, toWest] = await machines(
    { builtAt: "2026-01-01T00:00:00Z" },
    { builtAt: "2026-02-02T00:00:00Z" },
  );
  const east = await toEast();
  const west = await toWest();
  expect(west.digest).not.toBe(east.digest);
  expect(west.platforms).toEqual(east.platforms);

  const both = await release(source, "1.0.0");
  expect(both.plan.problems).toEqual([]);
  expect(both.plan.notes).toContainEqual(
    expect.objectContaining({
      code: "ATTESTATIONS_DIFFER",
      message: expect.stringMatching(
        `${west.digest} at 123456789012/eu-west-1; ${east.digest} at 123456789012/us-east-1`,
      ),
    }),
  );
  expect(both.receipt.targets.map(({ digest }) => digest)).toEqual([west.digest, east.digest]);
  for (const { tags, digest, reference } of both.receipt.targets) {
    expect(reference).toContain(digest);
    expect(tags).toEqual([]);
  }
  const { targets, holds } = await verify(source, "1.0.0");
  expect(holds).toBe(true);
  const agreed = [
    { name: "all targets agree", holds: true, found: "2 digests: only their attestations differ" },
    { name: "floating tags agree", holds: true, found: "each at one version everywhere" },
  ];
  for (const { checks } of targets) expect(checks).toEqual(expect.arrayContaining(agreed));
});

it("a version of its own for the same bits goes to both digests", async () => {
  const [toEast, toWest] = await machines({ builtAt: "one" }, { builtAt: "two" });
  const east = await toEast();
  const west = await toWest();
  const { receipt } = await release(source, "1.0.1");
  for (const { tags, digest } of receipt.targets) {
    expect(new Set(tags.map(({ to }) => to))).toEqual(new Set([digest]));
    expect(tags.map(({ tag }) => tag)).toEqual(["1.0.1", "1.0", "1", "latest"]);
  }
  expect(receipt.targets.map(({ digest }) => digest)).toEqual([west.digest, east.digest]);
  expect(await failed("1.0.1")).toEqual([]);
  expect(receipt.steps.filter(({ step }) => step.action === "copy")).toEqual([]);
});

it("a release that was planned before another made the same image elsewhere lets it be", async () => {
  const [toEast, toWest] = await machines({ builtAt: "one" }, { builtAt: "two" });
  const east = await toEast();
  const { request, world } = await prepare(source, "1.0.0", () => {}, {});
  const planned = planRelease(request, await observe(request, world));
  const west = await toWest();
  expect(west.digest).not.toBe(east.digest);
  const { targets } = await apply(planned, world);
  expect(targets.map(({ digest }) => digest)).toEqual([west.digest, east.digest]);
  expect(await failed("1.0.0")).toEqual([]);
});

it("and refuses where the other one does not run the same", async () => {
  const [toEast, toWest] = await machines({ seed: "one" }, { seed: "two" });
  await toEast();
  const { request, world } = await prepare(source, "1.0.0", () => {}, {});
  const planned = planRelease(request, await observe(request, world));
  await toWest();
  await expect(apply(planned, world)).rejects.toMatchObject({ code: "VERSION_TAKEN" });
});

it("two builds that do not run the same stay a problem, and nothing is written", async () => {
  const [toEast, toWest] = await machines({ seed: "one" }, { seed: "two" });
  const east = await toEast();
  const west = await toWest();
  const before = await registryState(local);
  const { problems } = await plan(source, "1.0.0");
  expect(problems.map(({ code }) => code)).toEqual(["TARGETS_DISAGREE"]);
  for (const { digest } of [east, west])
    expect(problems[0]?.message).toContain(`tag 1.0.0 is ${digest}`);
  // The commit tags disagree as well, so that no other version helps; what is named does.
  expect(problems[0]?.remedy).toMatch(/: slipway release 1\.0\.0\+1 --rebuild$/);
  expect((await plan(source, "1.0.1")).problems[0]?.remedy).toMatch(/release 1\.0\.1\+1 --rebuild/);
  const anew = await plan(source, "1.0.0+1", { overrides: { rebuild: true } });
  expect(anew.problems.map(({ code }) => code)).not.toContain("TARGETS_DISAGREE");
  await expect(release(source, "1.0.0")).rejects.toMatchObject({ code: "PLAN_REFUSED" });
  expect(await registryState(local)).toEqual(before);
  expect((await failed("1.0.0")).map(({ name }) => name)).toEqual([
    "all targets agree",
    "all targets agree",
  ]);
});
