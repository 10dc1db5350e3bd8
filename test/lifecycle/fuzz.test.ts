import fc from "fast-check";
import { expect, test } from "vitest";
import { measureCadence } from "../../src/lifecycle/cadence.ts";
import { compareEffects } from "../../src/lifecycle/effect.ts";
import { explainImage } from "../../src/lifecycle/explain.ts";
import { lintPolicy } from "../../src/lifecycle/lint.ts";
import { checkPolicyText } from "../../src/lifecycle/lint-text.ts";
import { parsePolicyMap } from "../../src/lifecycle/policy-map.ts";
import { simulate } from "../../src/lifecycle/simulate.ts";
import { validPolicy } from "../support/policies.ts";
import { now } from "./repository.ts";
import { lifecycleWorld, smallRepository } from "./worlds.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.constantFrom("{}", "rules:", "rules: [{}]", "&a [*a]", "a: &a {b: *a}", "---\n---", "%YAML 9"),
  fc.tuple(validPolicy, fc.nat(), fc.string({ maxLength: 3 })).map(([policy, at, noise]) => {
    const text = JSON.stringify(policy);
    const place = at % text.length;
    return `${text.slice(0, place)}${noise}${text.slice(place + 1)}`;
  }),
);

test("whatever the text, a file is checked and never throws", () => {
  let good = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      const { mistakes, rules } = checkPolicyText(text, { file: "f" });
      for (const { line, column } of mistakes) {
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }
      good += rules > 0 ? 1 : 0;
      parsePolicyMap(text);
    }),
    { numRuns: 2000 },
  );
  expect(good).toBeGreaterThan(0);
});

test("whatever the policy and the images, nothing is left without an answer", () => {
  const policies = fc.oneof(
    validPolicy,
    lifecycleWorld.map(({ policy }) => policy),
  );
  fc.assert(
    fc.property(policies, policies, smallRepository, (before, after, images) => {
      for (const { rule, explanation } of lintPolicy(after, images)) {
        expect(after.rules.map(({ rulePriority }) => rulePriority)).toContain(rule);
        expect(explanation).not.toBe("");
      }
      const effect = compareEffects(images, { before, after }, now);
      for (const amounts of [effect.before, effect.after]) {
        const count = Object.values(amounts).reduce((sum, { images: some }) => sum + some, 0);
        expect(count).toBe(images.length);
      }
      for (const { digest } of images) {
        expect(explainImage(after, images, digest, now)?.image.digest).toBe(digest);
      }
    }),
    { numRuns: 500 },
  );
});

test("a simulation loses and invents no image", () => {
  fc.assert(
    fc.property(lifecycleWorld, ({ policy, images }) => {
      const { days } = simulate(policy, images, measureCadence(images, now), { now, days: 12 });
      let there = images.length;
      for (const { pushed, departures, active, archived } of days) {
        there += pushed - departures.filter(({ fate }) => fate === "expires").length;
        expect(active.images + archived.images).toBe(there);
      }
    }),
    { numRuns: 500 },
  );
});
