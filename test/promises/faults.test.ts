import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type {
  Effect,
  Fault,
  FaultHit,
  FaultSelection,
  RequestLogEntry,
} from "../../src/local/server.ts";
import type { Verification } from "../../src/release/verify.ts";
import { promote } from "../promotion/promotions.ts";
import { type Rehearsal, rehearsal, release, rollback, verify } from "../support/release.ts";
import { makePromotionTemplate, promotionOf } from "./promotion-template.ts";
import { drawn, seed } from "./sample.ts";
import { stateOf, tagsBeforeContent } from "./seen.ts";
import { makeTemplate, type Template } from "./template.ts";

/** A request is tried five times by the registry client; the SDK does three, and twice at most around a refusal. */
const mostTries = 6;

/** What is done to the first request of its kind alone. */
const passing: readonly Fault[] = [
  ...[408, 429, 500, 502, 503].map((status): Fault => ({ fault: "status", status })),
  { fault: "throttle" },
  ...(["before", "during", "after", "answer"] as const).map(
    (when): Fault => ({ fault: "reset", when }),
  ),
  { fault: "lost" },
  { fault: "stall", milliseconds: 50 },
  { fault: "stall", milliseconds: 50, when: "answer" },
  { fault: "slow", bytesPerSecond: 20_000 },
  { fault: "truncate" },
  { fault: "truncate", announced: "cut" },
  { fault: "corrupt" },
  { fault: "digest" },
  { fault: "lag", reads: 3 },
  { fault: "error", code: "ServerException" },
  { fault: "error", code: "BLOB_UPLOAD_INVALID", status: 416 },
];

/** What never ends. */
const lasting: readonly Fault[] = [
  { fault: "status", status: 503 },
  { fault: "status", status: 404 },
  { fault: "reset", when: "before" },
  { fault: "lost" },
  { fault: "truncate", announced: "cut" },
  { fault: "digest" },
  { fault: "error", code: "AccessDeniedException" },
  { fault: "error", code: "LimitExceededException" },
  { fault: "error", code: "DENIED", status: 403 },
  { fault: "expired-token", calls: 3 },
];

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

const scenarios: readonly Scenario[] = [
  {
    name: "a release",
    world: () => makeTemplate(regions, ["1.0.0"]),
    run: async ({ source }) => await release(source, "1.1.0"),
    proof: async ({ source }) => await verify(source, "1.1.0"),
    cases: 80,
  },
  {
    name: "a promotion",
    world: makePromotionTemplate,
    run: async () => await promote(promotionOf("1.1.0")),
    cases: 30,
  },
  {
    name: "a rollback",
    world: () => makeTemplate(regions, ["1.0.0", "1.1.0"]),
    run: async ({ source }) => await rollback(source, { tag: "latest", to: { version: "1.0.0" } }),
    cases: 20,
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
    const { kinds, state } = await playClean(scenario, template);
    const all = [...kinds].flatMap(([kind, { select, count }]) => [
      ...passing.map((fault) => ({ kind, rule: { ...fault, ...select, nth: 1 }, count })),
      ...lasting.map((fault) => ({ kind, rule: { ...fault, ...select }, count })),
    ]);
    const cases = drawn(all, scenario.cases);
    const ended = { well: 0, refused: 0 };
    for (const one of cases) {
      const about = `${JSON.stringify(one.rule)}, seed ${seed}`;
      ended[await play(scenario, template, one, { about, state })] += 1;
    }
    process.stdout.write(
      `${scenario.name}: ${cases.length} of ${all.length} faults at ${kinds.size} kinds of requests (seed ${seed}): ${ended.well} went through, ${ended.refused} were refused and finished by running again\n`,
    );
    expect(ended.well).toBeGreaterThan(0);
  }, 1_800_000);
});

interface Case {
  readonly rule: Fault & FaultSelection;
  /** How many such requests a release makes. */
  readonly count: number;
}

async function play(
  { run, proof }: Scenario,
  template: Template,
  { rule, count }: Case,
  { about, state }: { readonly about: string; readonly state: unknown },
): Promise<"well" | "refused"> {
  const hits: FaultHit[] = [];
  await using stage = await openCopy(template, (hit) => hits.push(hit));
  stage.local.ecr.setFaults({ rules: [rule] });
  const first = await run(template).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (first !== undefined && !(first instanceof SlipwayError)) {
    throw new Error(`not an error of ours after ${about}`, { cause: first });
  }
  expect(hits.length, about).toBeLessThanOrEqual(mostTries * count);
  stage.local.ecr.setFaults(undefined);
  await run(template);
  expect(tagsBeforeContent(stage.effects, template), about).toEqual([]);
  if (!isDenial(rule)) {
    expect(uploadedTwice(stage.local.requests, stage.effects), about).toEqual([]);
  }
  expect(await tagsOf(stage, template), about).toEqual(state);
  if (proof) expect((await proof(template)).holds, about).toBe(true);
  return first === undefined ? "well" : "refused";
}

/** Who was told that a blob is not there is right to send it, though it is. */
function isDenial(rule: Fault & FaultSelection): boolean {
  return rule.fault === "status" && rule.status === 404 && rule.method === "HEAD";
}

/** An upload that ended well is an effect or finds the blob there; the second kind must not be. */
function uploadedTwice(
  requests: readonly RequestLogEntry[],
  effects: readonly Effect[],
): readonly string[] {
  const ended = requests.filter(
    ({ method, path, status }) =>
      method === "PUT" && path.includes("/blobs/uploads/") && status === 201,
  );
  const blobs = effects.filter(({ kinds }) => kinds.includes("blob"));
  return ended.length <= blobs.length
    ? []
    : [`${ended.length} uploads ended for ${blobs.length} blobs`];
}

/** What is there in the end, and the kinds of requests on the way, with how many there are of each. */
async function playClean({ run }: Scenario, template: Template) {
  await using stage = await openCopy(template);
  await run(template);
  const kinds = new Map<string, { select: FaultSelection; count: number }>();
  for (const { operation, method, path } of stage.local.requests) {
    const select: FaultSelection =
      operation === undefined ? { method, path: anyDigest(path) } : { operation };
    const kind = JSON.stringify(select);
    kinds.set(kind, { select, count: (kinds.get(kind)?.count ?? 0) + 1 });
  }
  return { kinds, state: await tagsOf(stage, template) };
}

/** What the registries show under names; a registry that refused a record does not remember, and need not. */
async function tagsOf({ local }: { local: Rehearsal }, { registries }: Template) {
  const rows = (await stateOf(local.ecr.endpoint, registries)) as unknown[][];
  return rows.map(([registry, name, settings, tags, , policy]) => ({
    ...{ registry, name, settings, tags, policy },
  }));
}

function anyDigest(path: string): string {
  return path.replace(/sha256:[0-9a-f]{64}/, "sha256:*").replace(/(uploads\/).+/, "$1*");
}

async function openCopy(template: Template, onFault?: (hit: FaultHit) => void) {
  const home = mkdtempSync(join(tmpdir(), "slipway-stage-"));
  cpSync(template.ecrDir, home, { recursive: true });
  const effects: Effect[] = [];
  const local = await rehearsal({
    dir: home,
    onEffect: (effect) => effects.push(effect),
    ...(onFault && { onFault }),
  });
  if (existsSync(template.cacheDir)) {
    cpSync(template.cacheDir, local.cacheDir, { recursive: true });
  }
  return {
    local,
    effects,
    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
