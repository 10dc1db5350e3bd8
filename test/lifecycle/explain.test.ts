import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPolicy } from "../../src/lifecycle/check.ts";
import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import { type Explanation, explainImage } from "../../src/lifecycle/explain.ts";
import type { LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import type { Verdict } from "../../src/lifecycle/verdict.ts";
import { day, image, now, policy } from "./repository.ts";
import { lifecycleWorld } from "./worlds.ts";

describe("explainImage", () => {
  test("says of every rule whether it selects the image, why not, and what it would do", () => {
    const images = [
      image("A", 10, { tags: ["dev-1"] }),
      image("B", 5, { tags: ["dev-2"] }),
      image("C", 1, { tags: ["main"] }),
    ];
    const rules = policy(
      [["v*", "main*"], "pushed", 1],
      [["dev*"], "pushed", 7],
      ["any", "count", 2],
    );
    expect(explainImage(rules, images, "A", now)).toMatchObject({
      verdict: { fate: "expires", rule: 2, since: now - 3 * day },
      rules: [
        {
          misses: ["no tag of it matches v*", "no tag of it matches main*"],
          claims: false,
          marks: false,
        },
        { misses: [], claims: true, due: now - 3 * day, marks: true },
        { misses: [], claims: false, rank: 3, marks: true },
      ],
    });
    expect(explainImage(rules, images, "Z", now)).toBeUndefined();
    const [first] = explainImage(rules, [image("U", 1, { tags: [] })], "U", now)?.rules ?? [];
    expect(first?.misses).toEqual(["it has no tag"]);
  });

  test("names the change that keeps the image and touches the fewest others", () => {
    const images = [1, 2, 3, 4].map((age) => image(`i${age}`, age, { tags: [`v1.0.${9 - age}`] }));
    expect(explainImage(policy([["v*"], "count", 1]), images, "i4", now)?.rescue).toMatchObject({
      kind: "protect-tag",
      others: 0,
      rule: { rulePriority: 1, selection: { tagPatternList: ["v1.0.5"], countNumber: 1 } },
    });
    const untagged = images.map((each) => ({ ...each, tags: [] }));
    expect(explainImage(policy(["any", "count", 1]), untagged, "i3", now)?.rescue).toMatchObject({
      kind: "raise-count",
      others: 1,
      rule: { rulePriority: 1, selection: { countNumber: 3 } },
    });
    expect(explainImage(policy(["any", "pushed", 2]), untagged, "i3", now)?.rescue).toMatchObject({
      rule: { selection: { countNumber: 3 } },
      others: 0,
    });
  });

  test("keeps a referrer by keeping its subject", () => {
    const images = [
      image("A", 10, { tags: ["dev"] }),
      image("signature", 10, { tags: ["sha256-a.sig"], subject: "A" }),
    ];
    const found = explainImage(policy([["dev"], "pushed", 7]), images, "signature", now);
    expect(found?.verdict).toMatchObject({ fate: "expires", because: "subject" });
    expect(found?.rescue).toMatchObject({ kind: "protect-tag", others: 1 });
  });

  test("never disagrees with the evaluation", () => {
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        for (const verdict of evaluatePolicy(rules, images, now)) {
          const found = explainImage(rules, images, verdict.digest, now);
          expect(found?.verdict).toEqual(verdict);
          expect(claimInWords(found)).toBe(claimOf(verdict) ?? claimInWords(found));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("rescues by policies that keep the image and that ECR takes", () => {
    let rescued = 0;
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        for (const { digest } of images) {
          const rescue = explainImage(rules, images, digest, now)?.rescue;
          if (!rescue) continue;
          rescued += 1;
          const after = evaluatePolicy(rescue.policy, images, now);
          expect(after).toContainEqual(expect.objectContaining({ digest, fate: "kept" }));
          expect(mistakeCodes(rescue.policy)).toEqual([]);
        }
      }),
      { numRuns: 1000 },
    );
    expect(rescued).toBeGreaterThan(100);
  });
});

function mistakeCodes(rules: LifecyclePolicy): readonly string[] {
  const checked = checkPolicy(rules);
  return "mistakes" in checked ? checked.mistakes.map(({ code }) => code) : [];
}

/** What the verdict says of the claiming rule; nothing for a referrer that goes with its subject. */
function claimOf(verdict: Verdict): string | undefined {
  if ("rule" in verdict) {
    return `${verdict.rule} ${verdict.fate === "kept" ? "keeps" : "marks"}`;
  }
  return verdict.because === "no-rule" ? "none" : undefined;
}

function claimInWords(explanation: Explanation | undefined): string {
  const claim = explanation?.rules.find(({ claims }) => claims);
  return claim ? `${claim.rule.rulePriority} ${claim.marks ? "marks" : "keeps"}` : "none";
}
