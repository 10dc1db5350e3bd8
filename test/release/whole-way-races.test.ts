import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layoutStore } from "../../src/oci/layout-store.ts";
import { observe } from "../../src/release/observe.ts";
import { inputsAnnotation } from "../../src/release/planning/identity.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { World } from "../../src/release/world.ts";
import { apply } from "../support/apply.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { prepare, type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { turns } from "../support/turns.ts";

const config = `image: team/race
targets: [us-east-1, eu-west-1]
repository: { create: true }
`;

let local: Rehearsal;
const made: Project[] = [];
const directories: string[] = [];

beforeEach(async () => {
  local = await rehearsal();
});

afterEach(async () => {
  for (const one of made.splice(0)) one[Symbol.dispose]();
  for (const one of directories.splice(0)) rmSync(one, { recursive: true, force: true });
  await local[Symbol.asyncDispose]();
});

function newProject(): Project {
  const one = project({ "slipway.yaml": config, Dockerfile: "FROM scratch\nCOPY . /\n" });
  made.push(one);
  return one;
}

/** A machine of its own: a store of layouts that no other job sees. */
function machine(): { readonly cacheDir: string; readonly change: (world: World) => World } {
  const cacheDir = mkdtempSync(join(tmpdir(), "slipway-machine-"));
  directories.push(cacheDir);
  const layouts = layoutStore(join(cacheDir, "layouts"), inputsAnnotation);
  return { cacheDir, change: (world) => ({ ...world, layouts }) };
}

/** A job that has planned and waits to apply. */
async function planned(one: Project, version: string, change: (world: World) => World) {
  const { request, world } = await prepare(one, version, () => {}, { change });
  return { plan: planRelease(request, await observe(request, world)), world };
}

describe("two jobs at once", () => {
  it("with the same inputs and other bytes: the second takes the first one's image", async () => {
    const source = newProject();
    await release(source, "0.9.0", { change: await withImage(source, "before") });
    source.commit();
    const first = await planned(source, "1.0.0", await withImage(source, "a"));
    const second = await planned(source, "1.0.0", await withImage(source, "b"));
    const [one, other] = await Promise.all([
      apply(first.plan, first.world),
      apply(second.plan, second.world),
    ]);
    expect(one.digest).toBe(other.digest);
    const { holds, targets } = await verify(source, "1.0.0");
    expect(targets.flatMap(({ checks }) => checks.filter((check) => !check.holds))).toEqual([]);
    expect(holds).toBe(true);
    expect(new Set(targets.map(({ digest }) => digest))).toEqual(new Set([one.digest]));
  });

  it("for two versions of one commit, of other bytes: both are the image that was there first", async () => {
    const source = newProject();
    await release(source, "0.9.0", { change: await withImage(source, "before") });
    source.commit();
    const first = await planned(source, "1.0.0-rc.1", await withImage(source, "a"));
    const second = await planned(source, "1.0.0", await withImage(source, "b"));
    const one = await apply(first.plan, first.world);
    const other = await apply(second.plan, second.world);
    expect(other.digest).toBe(one.digest);
    for (const version of ["1.0.0-rc.1", "1.0.0"]) {
      const { holds, targets } = await verify(source, version);
      expect(holds).toBe(true);
      expect(targets.map(({ digest }) => digest)).toEqual([one.digest, one.digest]);
    }
  });

  it.each([
    ["call by call", [0, 1]],
    ["pair by pair", [0, 0, 1, 1]],
    ["the other way", [1, 0, 0, 1]],
  ])("for two versions of one commit %s: both are one image, and stay it", async (_, schedule) => {
    const source = newProject();
    await release(source, "0.9.0", { change: await withImage(source, "before") });
    source.commit();
    const versions = ["1.0.0-rc.1", "1.0.0"];
    const jobs = [];
    for (const version of versions)
      jobs.push(await planned(source, version, await withImage(source, version)));
    const race = turns(2, schedule);
    const [one, other] = await Promise.all(
      jobs.map(({ plan, world }, job) =>
        apply(plan, race.join(job, world)).finally(() => race.leave(job)),
      ),
    );
    expect(other?.digest).toBe(one?.digest);
    for (const version of versions) expect((await verify(source, version)).holds).toBe(true);
  });

  it("with other inputs: one wins everywhere, the other has tagged nothing anywhere", async () => {
    const source = newProject();
    await release(source, "0.9.0", { change: await withImage(source, "before") });
    source.commit();
    const first = await planned(source, "1.0.0", await withImage(source, "a"));
    source.commit();
    const second = await planned(source, "1.0.0", await withImage(source, "b"));
    const results = await Promise.allSettled([
      apply(first.plan, first.world),
      apply(second.plan, second.world),
    ]);
    const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(lost).toEqual([expect.objectContaining({ code: "VERSION_TAKEN", exit: 3 })]);
    const { holds, targets } = await verify(source, "1.0.0");
    expect(holds).toBe(true);
    expect(new Set(targets.map(({ revision }) => revision)).size).toBe(1);
  });

  it("of 1.4.1 and 1.5.0: the floating tags end where they belong, whatever the order of calls", async () => {
    const source = newProject();
    await release(source, "1.4.0", { change: await withImage(source, "before") });
    const images = new Map<string, { change: (world: World) => World; commit: string }>();
    for (const version of ["1.4.1", "1.5.0"]) {
      const commit = source.commit();
      images.set(version, { commit, change: await withImage(source, version) });
    }
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1), { minLength: 4, maxLength: 24 }), async (schedule) => {
        // Both are higher than all before, so that both want the tag latest.
        const line = 4 + 2 * cases;
        cases += 1;
        await raceOnce(source, images, schedule, `1.${line}.1`, `1.${line + 1}.0`);
      }),
      { numRuns: 25 },
    );
    expect(cases).toBeGreaterThanOrEqual(25);
  }, 180_000);
});

/** Releases two versions of two commits, their ECR calls interleaved by the schedule, and proves both. */
async function raceOnce(
  source: Project,
  images: ReadonlyMap<string, { change: (world: World) => World; commit: string }>,
  schedule: readonly number[],
  patch: string,
  minor: string,
): Promise<void> {
  const race = turns(2, schedule);
  const jobs = [];
  for (const [version, key] of [
    [patch, "1.4.1"],
    [minor, "1.5.0"],
  ] as const) {
    const image = images.get(key);
    source.git("checkout", "--quiet", image?.commit ?? "");
    jobs.push(await planned(source, version, image?.change ?? ((world) => world)));
  }
  await Promise.all(
    jobs.map(({ plan, world }, job) =>
      apply(plan, race.join(job, world)).finally(() => race.leave(job)),
    ),
  );
  expect(new Set(race.order)).toEqual(new Set([0, 1]));
  for (const version of [patch, minor]) {
    const { targets } = await verify(source, version);
    const broken = targets.flatMap(({ checks }) => checks.filter((check) => !check.holds));
    expect(broken, `${version} after ${race.order.join("")}`).toEqual([]);
  }
}

/** A machine on which the image of this commit has been built, with bytes of its own. */
async function withImage(source: Project, seed: string): Promise<(world: World) => World> {
  const { cacheDir, change } = machine();
  await prepareLayout(source, local, { seed });
  cpSync(join(local.cacheDir, "layouts"), join(cacheDir, "layouts"), { recursive: true });
  rmSync(join(local.cacheDir, "layouts"), { recursive: true });
  return change;
}
