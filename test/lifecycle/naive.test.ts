import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import type { Verdict } from "../../src/lifecycle/verdict.ts";
import { naiveFates } from "./naive.ts";
import { now } from "./repository.ts";
import { lifecycleWorld } from "./worlds.ts";

function inWords(verdict: Verdict): string {
  const { digest, fate } = verdict;
  if (fate === "blocked") {
    const would = verdict.would;
    return `${digest}: blocked, would be ${would} by ${verdict.rule}`;
  }
  if (verdict.because === "subject") return `${digest}: ${fate} with ${verdict.subject}`;
  return `${digest}: ${fate} by ${verdict.because === "no-rule" ? "no rule" : verdict.rule}`;
}

test("agrees with a naive evaluator on ten thousand policies and repositories", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(lifecycleWorld, ({ policy, images }) => {
      const words = evaluatePolicy(policy, images, now).map(inWords);
      expect(words).toEqual(naiveFates(policy, images, now));
      for (const each of words) {
        const kind = each.replace(/^\w+: /, "").replace(/\d+/, "");
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    }),
    { numRuns: 10_000 },
  );
  // Every kind of verdict came up, or the agreement would say little.
  for (const kind of [
    "kept by no rule",
    "kept by ",
    "expires by ",
    "archived by ",
    "blocked, would be expires by ",
    "blocked, would be archived by ",
  ]) {
    expect(seen.get(kind), kind).toBeGreaterThan(100);
  }
  expect([...seen.keys()].filter((kind) => kind.includes(" with "))).not.toEqual([]);
}, 120_000);
