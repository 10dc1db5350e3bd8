import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type {
  Effect,
  Fault,
  FaultHit,
  FaultSelection,
  RequestLogEntry,
} from "../../src/local/server.ts";
import { rehearsal, release, verify } from "../support/release.ts";
import { tagsBeforeContent } from "./seen.ts";
import { makeTemplate, type Template } from "./template.ts";

/** How many cases `npm test` draws; `SLIPWAY_TEST_CASES=all` plays every one. */
const drawn = process.env.SLIPWAY_TEST_CASES ?? "120";
const seed = Number(process.env.SLIPWAY_TEST_SEED ?? Date.now() % 1_000_000);

/** A request is tried five times by the registry client; the SDK does three, and twice at most around a refusal. */
const mostTries = 6;

const version = "1.1.0";

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

let template: Template;
beforeAll(async () => {
  template = await makeTemplate(["eu-west-1", "us-east-1"], ["1.0.0"]);
});
afterAll(() => template[Symbol.dispose]());
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0); // no waiting between tries
});
afterEach(() => {
  vi.restoreAllMocks();
});

it("every fault at every kind of request of a release ends well, or in a refusal after which a re-run ends well", async () => {
  const kinds = await kindsOfRequests();
  const all = [...kinds].flatMap(([kind, { select, count }]) => [
    ...passing.map((fault) => ({ kind, rule: { ...fault, ...select, nth: 1 }, count })),
    ...lasting.map((fault) => ({ kind, rule: { ...fault, ...select }, count })),
  ]);
  const cases = drawn === "all" ? all : sample(all, Number(drawn), seed);
  const ended = { well: 0, refused: 0 };
  for (const one of cases) {
    const about = `${JSON.stringify(one.rule)}, seed ${seed}`;
    ended[await play(one, about)] += 1;
  }
  process.stdout.write(
    `${cases.length} of ${all.length} faults at ${kinds.size} kinds of requests (seed ${seed}): ${ended.well} releases went through, ${ended.refused} were refused and finished by running again\n`,
  );
  expect(ended.well).toBeGreaterThan(0);
  expect(ended.refused).toBeGreaterThan(0);
}, 1_800_000);

interface Case {
  readonly rule: Fault & FaultSelection;
  /** How many such requests a release makes. */
  readonly count: number;
}

async function play({ rule, count }: Case, about: string): Promise<"well" | "refused"> {
  const hits: FaultHit[] = [];
  await using stage = await openCopy((hit) => hits.push(hit));
  stage.local.ecr.setFaults({ rules: [rule] });
  const first = await release(template.source, version).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (first !== undefined && !(first instanceof SlipwayError)) {
    throw new Error(`not an error of ours after ${about}`, { cause: first });
  }
  expect(hits.length, about).toBeLessThanOrEqual(mostTries * count);
  stage.local.ecr.setFaults(undefined);
  await release(template.source, version);
  expect(tagsBeforeContent(stage.effects, template), about).toEqual([]);
  expect(uploadedTwice(stage.local.requests, stage.effects), about).toEqual([]);
  const { holds } = await verify(template.source, version);
  expect(holds, about).toBe(true);
  return first === undefined ? "well" : "refused";
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

/** The kinds of requests that an undisturbed release makes, and how many of each. */
async function kindsOfRequests() {
  await using stage = await openCopy();
  await release(template.source, version);
  const kinds = new Map<string, { select: FaultSelection; count: number }>();
  for (const { operation, method, path } of stage.local.requests) {
    const select: FaultSelection =
      operation === undefined ? { method, path: anyDigest(path) } : { operation };
    const kind = JSON.stringify(select);
    kinds.set(kind, { select, count: (kinds.get(kind)?.count ?? 0) + 1 });
  }
  return kinds;
}

function anyDigest(path: string): string {
  return path.replace(/sha256:[0-9a-f]{64}/, "sha256:*").replace(/(uploads\/).+/, "$1*");
}

async function openCopy(onFault?: (hit: FaultHit) => void) {
  const home = mkdtempSync(join(tmpdir(), "slipway-stage-"));
  cpSync(template.ecrDir, home, { recursive: true });
  const effects: Effect[] = [];
  const local = await rehearsal({
    dir: home,
    onEffect: (effect) => effects.push(effect),
    ...(onFault && { onFault }),
  });
  cpSync(template.cacheDir, local.cacheDir, { recursive: true });
  return {
    local,
    effects,
    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** So many of `all`, the same for the same seed (mulberry32). */
function sample<T>(all: readonly T[], size: number, from: number): T[] {
  let state = from;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, size)
    .map(({ one }) => one);
}
