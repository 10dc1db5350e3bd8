import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type { LifecyclePolicy, LifecycleRule } from "../../src/lifecycle/policy.ts";

export const day = 86_400_000;
export const now = Date.UTC(2026, 10, 21);

export function image(
  digest: string,
  ageDays: number,
  more: Partial<LifecycleImage> = {},
): LifecycleImage {
  const pushedAt = now - ageDays * day;
  return { digest, tags: [], pushedAt, size: 1, status: "active", children: [], ...more };
}

type Count = readonly ["count" | "pushed" | "pulled" | "transitioned", number];

const countTypes = {
  count: { countType: "imageCountMoreThan" },
  pushed: { countType: "sinceImagePushed", countUnit: "days" },
  pulled: { countType: "sinceImagePulled", countUnit: "days" },
  transitioned: {
    countType: "sinceImageTransitioned",
    countUnit: "days",
    storageClass: "archive",
  },
} as const;

/** Rules in the order of their priority, from 1. */
export function policy(
  ...rules: (readonly [tags: "any" | "untagged" | readonly string[], ...Count, "archive"?])[]
): LifecyclePolicy {
  return {
    rules: rules.map(
      ([tags, by, countNumber, archive], index): LifecycleRule => ({
        rulePriority: index + 1,
        selection: {
          ...(typeof tags === "string"
            ? { tagStatus: tags }
            : { tagStatus: "tagged", tagPatternList: tags }),
          ...countTypes[by],
          countNumber,
        },
        action: archive
          ? { type: "transition", targetStorageClass: "archive" }
          : { type: "expire" },
      }),
    ),
  };
}

export function evaluate(rules: LifecyclePolicy, images: readonly LifecycleImage[], at = now) {
  return Object.fromEntries(evaluatePolicy(rules, images, at).map((each) => [each.digest, each]));
}

/** `A expires 1`: who goes, and by which rule. */
export function departures(rules: LifecyclePolicy, images: readonly LifecycleImage[], at = now) {
  return evaluatePolicy(rules, images, at)
    .filter(({ fate }) => fate !== "kept")
    .map((each) => `${each.digest} ${each.fate} ${"rule" in each ? each.rule : each.because}`);
}
