import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import { ecrClient, type RepositoryClient, repositoryClient } from "../registry.ts";
import { answerOf, type ImageName, type Model, type Operation } from "./model.ts";
import { type BlobName, blobs, type ThingName, things } from "./things.ts";
import { answerFrom, type World } from "./world.ts";

/** How many sequences `npm test` draws; `SLIPWAY_TEST_CASES=all` for long, `SLIPWAY_TEST_SEED` for the same once more. */
const drawn = process.env.SLIPWAY_TEST_CASES ?? "40";
const cases = drawn === "all" ? 3000 : Number(drawn);
const seed = Number(process.env.SLIPWAY_TEST_SEED ?? Date.now() % 1_000_000);

const repository = fc.constantFrom("one", "one", "one", "two");
const tag = fc.constantFrom("latest", "1.0");
const thing = fc.constantFrom(...(Object.keys(things) as ThingName[]));
const blob = fc.constantFrom(...(Object.keys(blobs) as BlobName[]));
const image: fc.Arbitrary<ImageName> = fc.oneof(fc.record({ thing }), fc.record({ tag }));
const put = { repository, thing, tag: fc.option(tag, { nil: undefined }) };

function one<Name extends Operation["do"]>(...names: Name[]): fc.Arbitrary<Name> {
  return fc.constantFrom(...names);
}

const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ repository, do: one("create") }) },
  { weight: 4, arbitrary: fc.record({ repository, do: one("describe", "list", "tags") }) },
  { weight: 1, arbitrary: fc.record({ repository, do: one("destroy"), force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ repository, do: one("lock"), locked: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ repository, do: one("push-blob"), blob }) },
  { weight: 1, arbitrary: fc.record({ repository, do: one("head-blob"), blob }) },
  { weight: 12, arbitrary: fc.record({ ...put, do: one("put", "put-image") }) },
  { weight: 4, arbitrary: fc.record({ repository, do: one("pull", "head", "delete"), image }) },
  {
    weight: 2,
    arbitrary: fc.record({
      repository,
      do: one("batch-delete"),
      // Twice the same in one batch is answered in two lists that cannot be told apart.
      images: fc.uniqueArray(image, { minLength: 1, maxLength: 3, selector: JSON.stringify }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ repository, do: one("referrers", "list-referrers"), thing }),
  },
) as fc.Arbitrary<Operation>;

/** Most sequences begin where there is something to break. */
const prepared: readonly Operation[] = [
  { do: "create", repository: "one" },
  ...(Object.keys(blobs) as BlobName[]).map(
    (name): Operation => ({ do: "push-blob", repository: "one", blob: name }),
  ),
];
const sequence = fc
  .tuple(fc.boolean(), fc.array(operation, { minLength: 5, maxLength: 40, size: "max" }))
  .map(([bare, operations]) => (bare ? operations : [...prepared, ...operations]));

let ecr: LocalEcr;
let plane: RepositoryClient;
const faults: unknown[] = [];
beforeAll(async () => {
  ecr = await startLocalEcr({ onRequest: ({ error }) => error && faults.push(error) });
  plane = await repositoryClient(ecrClient(ecr), "none");
});
afterAll(() => ecr.close());

let runs = 0;

/** Repositories that no other sequence has seen. */
function openWorld(): World {
  runs += 1;
  const run = runs;
  const nameOf = (name: string) => `run${run}/${name}`;
  const root = plane.base.replace(/\/none$/, "");
  return {
    client: ecrClient(ecr),
    nameOf,
    plane: (name) => planeOf(`${root}/${nameOf(name)}`),
  };
}

function planeOf(base: string): RepositoryClient {
  const fetchHere: RepositoryClient["fetch"] = (path, init) =>
    plane.fetch(path.startsWith("http") ? path : `${base}${path}`, init);
  const putManifest: RepositoryClient["putManifest"] = (body, { type = "", reference = "" } = {}) =>
    fetchHere(`/manifests/${reference}`, {
      method: "PUT",
      headers: { "content-type": type },
      body,
    });
  return { ...plane, base, fetch: fetchHere, putManifest };
}

test(`any sequence of calls of both planes is answered as a simple model answers it (seed ${seed})`, {
  timeout: 20_000 + cases * 1000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async (operations) => {
      const world = openWorld();
      const model: Model = new Map();
      for (const [at, one] of operations.entries()) {
        const answer = await answerFrom(world, one);
        expect(answer, `${at}: ${JSON.stringify(one)}`).toEqual(answerOf(model, one));
      }
    }),
    { seed, numRuns: cases },
  );
  expect(faults).toEqual([]);
});
