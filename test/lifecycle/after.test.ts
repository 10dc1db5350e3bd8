import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imagesAfter } from "../../src/lifecycle/after.ts";
import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type { LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import { isDeparture } from "../../src/lifecycle/verdict.ts";
import { image, now, policy } from "./repository.ts";
import { lifecycleWorld } from "./worlds.ts";

function once(rules: LifecyclePolicy, images: readonly LifecycleImage[]) {
  const verdicts = evaluatePolicy(rules, images, now);
  return { verdicts, images: imagesAfter(images, verdicts, now) };
}

describe("imagesAfter", () => {
  test("takes away what expires and archives what is archived", () => {
    const images = [image("old", 9), image("older", 10, { tags: ["v1"] }), image("new", 0)];
    const rules = policy([["v*"], "pushed", 5, "archive"], ["untagged", "pushed", 5]);
    expect(once(rules, images).images).toEqual([
      { ...images[1], status: "archived", archivedAt: now },
      images[2],
    ]);
  });

  test("leaves nothing to do but for images whose index went", () => {
    let later = 0;
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        const first = once(rules, images);
        const second = once(rules, first.images);
        const gone = new Set(first.verdicts.filter(isDeparture).map(({ digest }) => digest));
        const freed = new Set(
          first.verdicts.flatMap((verdict) =>
            verdict.fate === "blocked" && verdict.indexes.every((index) => gone.has(index))
              ? [verdict.digest]
              : [],
          ),
        );
        for (const verdict of second.verdicts.filter(isDeparture)) {
          later += 1;
          const root = rootOf(verdict.digest, second.verdicts);
          expect(freed).toContain(root);
        }
      }),
      { numRuns: 3000 },
    );
    expect(later).toBeGreaterThan(0);
  });

  test("comes to rest", () => {
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        let left = images;
        for (let run = 0; run <= images.length; run += 1) left = once(rules, left).images;
        expect(once(rules, left).images).toEqual(left);
      }),
      { numRuns: 500 },
    );
  });
});

/** The image because of which a referrer goes. */
function rootOf(digest: string, verdicts: ReturnType<typeof once>["verdicts"]): string {
  const verdict = verdicts.find((each) => each.digest === digest);
  if (!verdict || !isDeparture(verdict) || verdict.because !== "subject") return digest;
  return rootOf(verdict.subject, verdicts);
}
