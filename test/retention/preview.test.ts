import { expect, test } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import { parsePolicyMap } from "../../src/lifecycle/policy-map.ts";
import type { Verdict } from "../../src/lifecycle/verdict.ts";
import { atPlaces } from "../../src/retention/places.ts";
import { comparePreview } from "../../src/retention/preview.ts";

const verdicts: readonly Verdict[] = [
  { digest: "a", fate: "expires", because: "rule", rule: 1, since: 0 },
  { digest: "b", fate: "blocked", would: "expires", rule: 1, since: 0, indexes: ["i"] },
  { digest: "c", fate: "expires", because: "subject", subject: "a", since: 0 },
  { digest: "d", fate: "kept", because: "no-rule" },
];
const expires = (digest: string, rule: number) => ({ digest, departure: "expires", rule }) as const;

test("compares what rules mark, be it held back by an index, and not what follows a subject", () => {
  expect(comparePreview(verdicts, [expires("a", 1), expires("b", 1)])).toEqual({
    state: "agrees",
    images: 2,
  });
});

test("tells every disagreement", () => {
  expect(comparePreview(verdicts, [expires("a", 2), expires("d", 3)])).toEqual({
    state: "disagrees",
    images: 2,
    disagreements: [
      {
        digest: "a",
        ours: { departure: "expires", rule: 1 },
        preview: { departure: "expires", rule: 2 },
      },
      { digest: "b", ours: { departure: "expires", rule: 1 }, preview: "stays" },
      { digest: "d", ours: "stays", preview: { departure: "expires", rule: 3 } },
    ],
  });
});

test("tells registries in the order of their ids, and each one's places in theirs", async () => {
  const places = ["us-east-1", "eu-west-1"].flatMap((region) =>
    ["b", "a"].map((repository) => ({ repository, request: { region } })),
  );
  const { results } = await atPlaces(places, async ({ repository, request: { region } }) => {
    if (region === "eu-west-1") await new Promise((done) => setTimeout(done, 5));
    return { id: `123456789012/${region}`, repository };
  });
  expect(results.map(({ id, repository }) => `${id} ${repository}`)).toEqual([
    "123456789012/eu-west-1 b",
    "123456789012/eu-west-1 a",
    "123456789012/us-east-1 b",
    "123456789012/us-east-1 a",
  ]);
});

test("goes on where one place fails, and ends on what is no failure of the outside", async () => {
  const request = { region: "eu-west-1", account: "123456789012" };
  const places = ["a", "b", "c"].map((repository) => ({ repository, request }));
  const denied = new SlipwayError("ACCESS_DENIED", "not allowed", { suggestions: ["allow it"] });
  const seen: number[] = [];
  const result = await atPlaces(
    places,
    async ({ repository }) => {
      if (repository === "b") throw denied;
      return { id: "123456789012/eu-west-1", repository };
    },
    (done, total) => seen.push(done / total),
  );
  expect(result.results.map(({ repository }) => repository)).toEqual(["a", "c"]);
  expect(result.failures).toEqual([
    {
      id: "123456789012/eu-west-1",
      repository: "b",
      code: "ACCESS_DENIED",
      message: "not allowed",
      suggestions: ["allow it"],
    },
  ]);
  expect(seen.at(-1)).toBe(1);
  const stop = new SlipwayError("INTERRUPTED", "stopped");
  await expect(atPlaces(places, () => Promise.reject(stop))).rejects.toBe(stop);
  const bug = new TypeError("x is not a function");
  await expect(atPlaces(places, () => Promise.reject(bug))).rejects.toBe(bug);
});

test.each([
  ["policies: []", 1, 11, "a list of match and policy"],
  ["- match: a", 1, 1, "a list of match and policy"],
  ["policies:\n  - match: a*\n", 2, 5, "expected policy to be a text"],
  ["policies:\n  - match: 7\n    policy: p.json\n", 2, 12, "expected match to be a text"],
  ["policies: [", 1, 12, ""],
])("refuses the map %j with the place", (text, line, column, message) => {
  const parsed = parsePolicyMap(text);
  expect(parsed).toMatchObject({ mistakes: [{ line, column }] });
  expect("mistakes" in parsed && parsed.mistakes[0]?.message).toContain(message);
});
