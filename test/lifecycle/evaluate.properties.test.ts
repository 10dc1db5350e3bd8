import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import type { Verdict } from "../../src/lifecycle/verdict.ts";
import { shuffled, validPolicy } from "../support/policies.ts";
import { evaluate, now } from "./repository.ts";
import { lifecycleWorld, smallRepository } from "./worlds.ts";

describe("whatever the policy and the images", () => {
  const sorted = (verdicts: readonly Verdict[]) =>
    verdicts.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));

  test("the order of rules and images does not matter, and each image has one verdict", () => {
    const cases = fc
      .oneof(
        lifecycleWorld.map(({ policy, images }) => [policy, images] as const),
        fc.tuple(validPolicy, smallRepository),
      )
      .chain(([each, them]) =>
        fc.tuple(fc.constant(each), fc.constant(them), shuffled(each.rules), shuffled(them)),
      );
    fc.assert(
      fc.property(cases, ([each, them, rules, mixed]) => {
        const verdicts = evaluatePolicy(each, them, now);
        expect(verdicts.map(({ digest }) => digest)).toEqual(them.map(({ digest }) => digest));
        expect(sorted(evaluatePolicy({ rules }, mixed, now))).toEqual(sorted(verdicts));
      }),
    );
  });

  test("a rule of lower priority changes nothing for images that another rule selects", () => {
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: each, images }) => {
        // A referrer goes with its subject, whoever claims it.
        const them = images.map(({ subject: _, ...image }) => image);
        const ordered = each.rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
        const fewer = evaluate({ rules: ordered.slice(0, -1) }, them);
        for (const verdict of evaluatePolicy(each, them, now)) {
          const before = fewer[verdict.digest];
          if (before && "rule" in before) expect(verdict).toEqual(before);
        }
      }),
    );
  });

  test("what is in the archive is not archived again, but may expire with its subject", () => {
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: each, images: them }) => {
        const verdicts = evaluate(each, them);
        const fateOf = (digest = "") => verdicts[digest]?.fate;
        const listed = new Set(them.flatMap(({ children }) => children));
        for (const { digest, subject } of them.filter(({ status }) => status === "archived")) {
          expect(fateOf(digest)).not.toBe("archived");
          const goes = fateOf(subject) === "expires" && !listed.has(digest);
          if (goes) expect(fateOf(digest)).toBe("expires");
        }
      }),
    );
  });

  test("the moments that verdicts name are the moments at which they change", () => {
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: each, images: them }) => {
        for (const verdict of evaluatePolicy(each, them, now)) {
          if (verdict.fate !== "kept" || verdict.until === undefined) continue;
          const { digest, until } = verdict;
          expect(evaluate(each, them, until)[digest]).toEqual(verdict);
          const after = evaluate(each, them, until + 1)[digest];
          expect(after).toMatchObject({ since: until });
          expect(after?.fate).not.toBe("kept");
        }
      }),
    );
  });
});
