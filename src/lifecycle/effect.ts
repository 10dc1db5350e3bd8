import { evaluatePolicy } from "./evaluate.ts";
import type { LifecycleImage } from "./image.ts";
import type { LifecyclePolicy } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

/** A number of images and their bytes; layers that images share are counted with each of them. */
export interface Amount {
  readonly images: number;
  readonly bytes: number;
}

export type Amounts = Readonly<Record<Verdict["fate"], Amount>>;

/** An image whose fate one policy changes against another. Times are milliseconds since 1970. */
export interface EffectChange {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly size: number;
  readonly before: Verdict;
  readonly after: Verdict;
}

/** What two policies do with the same images at the same moment. */
export interface Effect {
  readonly before: Amounts;
  readonly after: Amounts;
  /** In the order of the images. */
  readonly changes: readonly EffectChange[];
}

/** Evaluates both policies; without a policy every image is kept. */
export function compareEffects(
  images: readonly LifecycleImage[],
  policies: {
    readonly before: LifecyclePolicy | undefined;
    readonly after: LifecyclePolicy | undefined;
  },
  now: number,
): Effect {
  const before = evaluatePolicy(policies.before ?? { rules: [] }, images, now);
  const after = evaluatePolicy(policies.after ?? { rules: [] }, images, now);
  return {
    before: amounts(images, before),
    after: amounts(images, after),
    changes: images.flatMap((image, at) => {
      const [was, is] = [before[at], after[at]];
      if (!was || !is || was.fate === is.fate) return [];
      const { digest, tags, pushedAt, size } = image;
      return [{ digest, tags, pushedAt, size, before: was, after: is }];
    }),
  };
}

function amounts(images: readonly LifecycleImage[], verdicts: readonly Verdict[]): Amounts {
  const sums = {
    kept: { images: 0, bytes: 0 },
    expires: { images: 0, bytes: 0 },
    archived: { images: 0, bytes: 0 },
    blocked: { images: 0, bytes: 0 },
  };
  for (const [at, { fate }] of verdicts.entries()) {
    sums[fate].images += 1;
    sums[fate].bytes += images[at]?.size ?? 0;
  }
  return sums;
}
