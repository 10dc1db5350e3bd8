import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type { Effect, FaultHit, FaultRule, Upload } from "../../src/local/server.ts";
import type { Verification } from "../../src/release/verify.ts";
import { promote } from "../promotion/promotions.ts";
import { hearRequests } from "../support/asked.ts";
import { hurriedLimits } from "../support/hurry.ts";
import { type Rehearsal, rehearsal, release, rollback, verify } from "../support/release.ts";
import { casesAt, deniesBlobs, deniesLists, isEndless, kindsOf, sortOf } from "./fault-cases.ts";
import { destinations, makePromotionTemplate, promotionOf } from "./promotion-template.ts";
import { seed } from "./sample.ts";
import { stateOf, tagsBeforeContent } from "./seen.ts";
import { makeTemplate, type Template } from "./template.ts";

/** A request is tried five times by the registry client; the SDK does three, and twice at most around a refusal. */
const mostTries = 6;
/** Real milliseconds after which a run hangs. */
const patience = 60_000;

interface Scenario {
  readonly name: string;
  readonly world: () => Promise<Template>;
  /** Does it, or finds it done. */
  readonly run: (template: Template) => Promise<unknown>;
  /** Asks the registries whether all of it is there. */
  readonly proof?: (template: Template) => Promise<Verification>;
  /** How many cases are usually drawn; `SLIPWAY_TEST_CASES=all` plays every one. */
  readonly cases: number;
}

const regions = ["eu-west-1", "us-east-1"];
const targetsAtMost = Math.max(regions.length, destinations.length);

const scenarios: readonly Scenario[] = [
  {
    name: "a release",
    world: () => makeTemplate(regions, ["1.0.0"]),
    run: async ({ source }) => await release(source, "1.1.0"),
    proof: async ({ source }) => await verify(source, "1.1.0"),
    cases: 50,
  },
  {
    name: "a release that mounts",
    world: () => makeTemplate(regions, [], "base/node"),
    run: async ({ source }) => await release(source, "1.1.0"),
    proof: async ({ source }) => await verify(source, "1.1.0"),
    cases: 20,
  },
  {
    name: "a promotion",
    world: makePromotionTemplate,
    run: async () => await promote(promotionOf("1.1.0")),
    cases: 25,
  },
  {
    name: "a rollback",
    world: () => makeTemplate(regions, ["1.0.0", "1.1.0"]),
    run: async ({ source }) => await rollback(source, { tag: "latest", to: { version: "1.0.0" } }),
    cases: 15,
  },
];

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0); // no waiting between tries
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(scenarios)("every fault at every kind of request of $name", (scenario) => {
  let template: Template;
  beforeAll(async () => {
    template = await scenario.world();
  }, 60_000);
  afterAll(() => template[Symbol.dispose]());

  it("ends well, or in a refusal after which a re-run ends well", async () => {
    const clean = await playClean(scenario, template);
    const cases = casesAt(clean.kinds, scenario.cases);
    const ended = { well: 0, refused: 0, missed: 0 };
    const hits = new Map<string, number>();
    const failures: string[] = [];
    for (const rule of cases.drawn) {
      const end = await play(scenario, template, rule, clean).catch((error: Error) => error);
      if (end instanceof Error) {
        failures.push(end.message);
        continue;
      }
      ended[end.how] += 1;
      hits.set(sortOf(rule), (hits.get(sortOf(rule)) ?? 0) + end.hits);
    }
    process.stdout.write(
      `${scenario.name}: ${cases.drawn.length} of ${cases.all} faults at ${clean.kinds.length} kinds of requests (seed ${seed}): ${ended.well} went through, ${ended.refused} were refused and finished by running again, ${ended.missed} met no request\n  hits: ${[...hits].map(([sort, count]) => `${sort} ${count}`).join(", ")}\n`,
    );
    expect(failures).toEqual([]);
    expect(ended.well).toBeGreaterThan(0);
    expect(ended.missed).toBeLessThan(cases.drawn.length / 4);
  }, 3_600_000);
});

interface Clean {
  readonly state: unknown;
  /** How often each thing is asked. */
  readonly asked: ReadonlyMap<string, number>;
}

interface End {
  readonly how: "well" | "refused" | "missed";
  readonly hits: number;
}

async function play(
  { run, proof }: Scenario,
  template: Template,
  rule: FaultRule,
  clean: Clean,
): Promise<End> {
  const about = `${JSON.stringify(rule)}, seed ${seed}`;
  await using stage = await openCopy(template);
  stage.local.ecr.setFaults({ rules: [rule] });
  const { error, asked } = await disturbed(() => run(template), rule, about);
  // Whose limits are hurried gives up what only a busy machine is slow with, and asks once more than it had to.
  const isHurried = isEndless(rule);
  if (!isHurried) expect(tooOften(asked, clean.asked), about).toEqual([]);
  stage.local.ecr.setFaults(undefined);
  if (error === undefined && !deniesLists(rule)) {
    expect(await tagsOf(stage, template), `at once, ${about}`).toEqual(clean.state);
  }
  await run(template);
  expect(tagsBeforeContent(stage.effects, template), about).toEqual([]);
  const inVain = stage.uploads.filter(({ wasThere }) => wasThere);
  if (!isHurried && !deniesBlobs(rule)) expect(inVain, about).toEqual([]);
  expect(await tagsOf(stage, template), about).toEqual(clean.state);
  if (proof) expect((await proof(template)).holds, about).toBe(true);
  const hits = stage.hits.length;
  if (hits === 0) return { how: "missed", hits };
  return { how: error === undefined ? "well" : "refused", hits };
}

/** Runs while a fault is at work. A refusal is an answer; anything else, or none within `patience`, is not. */
async function disturbed(run: () => Promise<unknown>, rule: FaultRule, about: string) {
  using requests = hearRequests();
  using _ = isEndless(rule) ? hurriedLimits() : undefined;
  const over = new AbortController();
  const error = await Promise.race([
    run().then(
      () => undefined,
      (error: unknown) => error,
    ),
    sleep(patience, new Error("it hangs"), { signal: over.signal }).catch(() => undefined),
  ]);
  over.abort();
  if (error !== undefined && !(error instanceof SlipwayError)) {
    throw new Error(`not an error of ours after ${about}`, { cause: error });
  }
  return { error, asked: requests.times };
}

/**
 * What was asked more often than the stated tries, for each time that it is asked undisturbed. A blob is read again from
 * its source for every target that must be sent it again.
 */
function tooOften(asked: Clean["asked"], clean: Clean["asked"]): string[] {
  return [...asked].flatMap(([what, times]) => {
    const readers = what.startsWith("GET ") ? targetsAtMost : 1;
    const most = mostTries * readers * Math.max(1, usually(what, clean));
    return times > most ? [`${what}: ${times} times, and not ${most} at most`] : [];
  });
}

/** A blob that cannot be mounted is uploaded: each mount may become the beginning of an upload. */
function usually(what: string, clean: Clean["asked"]): number {
  if (!what.endsWith("/blobs/uploads/")) return clean.get(what) ?? 0;
  const begun = [...clean].filter(([one]) => one.startsWith(what));
  return begun.reduce((sum, [, times]) => sum + times, 0);
}

/** What is there in the end, the kinds of requests on the way, and what was asked. */
async function playClean({ run }: Scenario, template: Template) {
  await using stage = await openCopy(template);
  using requests = hearRequests();
  await run(template);
  const { times: asked } = requests;
  const kinds = kindsOf(stage.local.requests);
  return { kinds, asked: new Map(asked), state: await tagsOf(stage, template) };
}

/** What the registries show under names; a registry that refused a record does not remember, and need not. */
async function tagsOf({ local }: { local: Rehearsal }, { registries }: Template) {
  const rows = (await stateOf(local.ecr.endpoint, registries)) as unknown[][];
  return rows.map(([registry, name, settings, tags, , policy]) => ({
    ...{ registry, name, settings, tags, policy },
  }));
}

async function openCopy(template: Template) {
  const home = mkdtempSync(join(tmpdir(), "slipway-stage-"));
  cpSync(template.ecrDir, home, { recursive: true });
  const effects: Effect[] = [];
  const uploads: Upload[] = [];
  const hits: FaultHit[] = [];
  const local = await rehearsal({
    dir: home,
    onEffect: (effect) => effects.push(effect),
    onUpload: (upload) => uploads.push(upload),
    onFault: (hit) => hits.push(hit),
  });
  if (existsSync(template.cacheDir)) {
    cpSync(template.cacheDir, local.cacheDir, { recursive: true });
  }
  return {
    ...{ local, effects, uploads, hits },
    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
