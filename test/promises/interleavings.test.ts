import { describe, expect, it, vi } from "vitest";
import type { Ecr, FoundManifest, ImageSummary } from "../../src/ecr/types.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { applyFixedTags } from "../../src/release/applying/apply-tags.ts";
import { claimVersion } from "../../src/release/applying/claim.ts";
import { type Announce, applyFloatingTags } from "../../src/release/applying/floating.ts";
import type { Applying } from "../../src/release/applying/steps.ts";
import type { Plan, Step } from "../../src/release/plan.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { World } from "../../src/release/world.ts";
import { gitFacts, observed, request } from "../release/facts.ts";
import { type Turns, turns } from "../support/turns.ts";

/** With two floating tags instead of one there are ten times as many orders. */
const isLong = process.env.SLIPWAY_TEST_CASES === "all";

/** Tags and what they point to. No compare-and-set, as in ECR; no time passes between a call and its effect. */
type Tags = Map<string, Digest>;

const old = manifestOf("1.4.0");
const contents = new Map(
  [old, manifestOf("1.4.1"), manifestOf("1.5.0")].map((one) => [one.digest, one]),
);

it("a patch and a minor at once: the floating tags end at the right versions in every order of calls", async () => {
  const versions = ["1.4.1", "1.5.0"];
  const plans = versions.map(planOf);
  let cases = 0;
  for (let schedule: number[] | undefined = []; schedule; cases += 1) {
    const race = turns(2, [...schedule, ...Array.from({ length: 200 }, () => 0)]);
    const tags = tagsBefore();
    await Promise.all(plans.map((plan, job) => tagStep(plan, job, tags, race)));
    expect(Object.fromEntries(tags), race.order.join("")).toEqual({
      "1.4.0": digestOf("1.4.0"),
      "1.4.1": digestOf("1.4.1"),
      "1.5.0": digestOf("1.5.0"),
      "1.4": old.digest, // of no template here
      "1": isLong ? digestOf("1.5.0") : old.digest,
      latest: digestOf("1.5.0"),
    });
    schedule = nextSchedule(schedule, race.ready);
  }
  expect(cases).toBeGreaterThan(500);
  process.stdout.write(`${cases} interleavings of ${versions.join(" and ")}\n`);
}, 120_000);

describe("a release whose tags nobody else moves", () => {
  it("lists the repository once before it moves them and once after", async () => {
    const tags = tagsBefore();
    const lists = await releaseAlone("1.5.0", tags, async () => {});
    expect(tags.get("latest")).toBe(digestOf("1.5.0"));
    expect(lists).toBe(2);
  });

  it("lists it once more where the record took so long that a release and a rollback fit in", async () => {
    const aMinuteLater = performance.now() + 60_000;
    const lists = await releaseAlone("1.5.0", tagsBefore(), async () => {
      vi.spyOn(performance, "now").mockReturnValueOnce(aMinuteLater);
    });
    vi.restoreAllMocks();
    expect(lists).toBe(3);
  });

  it("records where a tag is that was moved while its record was written", async () => {
    const tags = tagsBefore();
    const said: (string | null | undefined)[] = [];
    await releaseAlone("1.5.0", tags, async (_, moves) => {
      said.push(...moves.filter(({ step }) => nameOf(step) === "latest").map(({ from }) => from));
      if (said.length === 1) tags.set("latest", digestOf("1.4.1"));
    });
    expect(said).toEqual([old.digest, digestOf("1.4.1")]);
    expect(tags.get("latest")).toBe(digestOf("1.5.0"));
  });
});

/** The schedule after this one, in the order of a tree that is walked depth first; none after the last. */
function nextSchedule(schedule: readonly number[], ready: readonly number[]): number[] | undefined {
  const taken = ready.map((_, at) => schedule[at] ?? 0);
  const at = taken.findLastIndex((choice, at) => choice + 1 < (ready[at] ?? 0));
  return at < 0 ? undefined : [...taken.slice(0, at), (taken[at] ?? 0) + 1];
}

/** The version and floating tags of one job, its calls made when it is its turn. */
async function tagStep(plan: Plan, job: number, tags: Tags, race: Turns): Promise<void> {
  const applying = applyingOf(plan, registry(tags), (world) => race.join(job, world));
  const root = contents.get(digestOf(plan.version.value)) as FoundManifest;
  try {
    await claimVersion(applying, root);
    await applyFixedTags(applying, () => root);
    await applyFloatingTags(applying, () => root);
  } finally {
    race.leave(job);
  }
}

/** How often the repository is listed after the plan. */
async function releaseAlone(version: string, tags: Tags, announce: Announce): Promise<number> {
  const ecr = registry(tags);
  let lists = 0;
  const taggedImages: Ecr["taggedImages"] = async (id) => {
    lists += 1;
    return await ecr.taggedImages(id);
  };
  const applying = applyingOf(planOf(version), { ...ecr, taggedImages });
  const root = contents.get(digestOf(version)) as FoundManifest;
  await claimVersion(applying, root);
  await applyFloatingTags(applying, () => root, announce);
  return lists;
}

function applyingOf(plan: Plan, ecr: Ecr, join = (world: World) => world): Applying {
  const world = { ecr: () => ecr, report: () => {} } as unknown as World;
  return {
    plan,
    world: join(world),
    targets: new Map(plan.targets.map((target) => [target.id, target])),
    outcomes: [],
    gated: [],
    attached: new Map(),
  };
}

function tagsBefore(): Tags {
  return new Map(["1.4.0", "1.4", "1", "latest"].map((tag) => [tag, old.digest]));
}

function nameOf(step: Step): string | undefined {
  return step.action === "tag" ? step.tag : undefined;
}

/** Both jobs plan before either of them writes. */
function planOf(version: string): Plan {
  const asked = request({
    version: { kind: "exact", version },
    tags: {
      version: ["{version}"],
      commit: [],
      floating: isLong ? ["{major}", "latest"] : ["latest"],
      channel: [],
      gitPrefix: "v",
    },
  });
  const images = [{ name: "1.4.0", tags: ["1.4.0", "1.4", "1", "latest"] }];
  const plan = planRelease(
    asked,
    observed(asked, { git: gitFacts(), targets: [{ images }], layout: version }),
  );
  expect(plan.problems).toEqual([]);
  return plan;
}

/** The four calls of the tag step, on a map. */
function registry(tags: Tags): Ecr {
  const calls: Pick<Ecr, "taggedImages" | "manifests" | "tag" | "referrers"> = {
    async taggedImages() {
      const digests = Map.groupBy(tags.keys(), (tag) => tags.get(tag) as Digest);
      return [...digests].map(
        ([digest, tags]): ImageSummary => ({ digest, tags, status: "ACTIVE", pushedAt: "" }),
      );
    },
    async manifests(_id, images) {
      return images.flatMap((image) => {
        const digest = "tag" in image ? tags.get(image.tag) : image.digest;
        const found = digest && contents.get(digest);
        return found ? [{ ...found, ...("tag" in image && { tag: image.tag }) }] : [];
      });
    },
    async tag(_id, tag, { digest }) {
      if (tags.get(tag) === digest) return "already";
      tags.set(tag, digest);
      return "tagged";
    },
    async referrers() {
      return [];
    },
  };
  return calls as Ecr;
}

function manifestOf(version: string): FoundManifest {
  return { digest: digestOf(version), mediaType: mediaTypes.ociIndex, text: "{}" };
}
