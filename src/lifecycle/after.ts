import type { LifecycleImage } from "./image.ts";
import type { Verdict } from "./verdict.ts";

/**
 * The repository after a policy acted at the time `at` (milliseconds): what expires is gone, what is
 * archived is archived since then, everything else is as it was.
 */
export function imagesAfter(
  images: readonly LifecycleImage[],
  verdicts: readonly Verdict[],
  at: number,
): readonly LifecycleImage[] {
  const fates = new Map(verdicts.map(({ digest, fate }) => [digest, fate]));
  return images.flatMap((image): readonly LifecycleImage[] => {
    const fate = fates.get(image.digest);
    if (fate === "expires") return [];
    return fate === "archived" ? [{ ...image, status: "archived", archivedAt: at }] : [image];
  });
}
