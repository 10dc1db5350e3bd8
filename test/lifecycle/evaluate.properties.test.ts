import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluatePolicy, type Verdict } from "../../src/lifecycle/evaluate.ts";
import { shuffled, validPolicy } from "../support/policies.ts";
import { day, evaluate, now } from "./repository.ts";

const tag = fc.stringMatching(/^[a-d]{1,3}$/);
const images = fc.uniqueArray(
  fc.record({
    digest: fc.stringMatching(/^[a-z]{3}$/),
    tags: fc.uniqueArray(tag, { maxLength: 3 }),
    pushedAt: fc.integer({ min: 0, max: 30 }).map((age) => now - age * day),
    status: fc.constantFrom("active" as const, "archived" as const),
    archivedAt: fc.integer({ min: 0, max: 200 }).map((age) => now - age * day),
    size: fc.constant(1),
    children: fc.constant<readonly string[]>([]),
  }),
  { maxLength: 25, selector: ({ digest }) => digest },
);

describe("whatever the policy and the images", () => {
  const sorted = (verdicts: readonly Verdict[]) =>
    verdicts.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));

  test("the order of rules and images does not matter, and each image has one verdict", () => {
    const cases = fc
      .tuple(validPolicy, images)
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
      fc.property(validPolicy, images, (each, them) => {
        const ordered = each.rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
        const fewer = evaluate({ rules: ordered.slice(0, -1) }, them);
        for (const verdict of evaluatePolicy(each, them, now)) {
          const before = fewer[verdict.digest];
          if (before && "rule" in before) expect(verdict).toEqual(before);
        }
      }),
    );
  });

  test("the moments that verdicts name are the moments at which they change", () => {
    fc.assert(
      fc.property(validPolicy, images, (each, them) => {
        for (const verdict of evaluatePolicy(each, them, now)) {
          if (!("until" in verdict) || verdict.until === undefined) continue;
          const { digest, until, rule } = verdict;
          expect(evaluate(each, them, until)[digest]).toEqual(verdict);
          expect(evaluate(each, them, until + 1)[digest]).toMatchObject({ rule, since: until });
        }
      }),
    );
  });
});
