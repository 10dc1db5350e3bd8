import { SlipwayError } from "../../errors.ts";
import type { PushRate } from "../../lifecycle/cadence.ts";
import type { LifecycleImage } from "../../lifecycle/image.ts";

const rateForm = /^([A-Za-z0-9_][A-Za-z0-9._-]*)=(\d+(?:\.\d+)?)\/(day|week)$/;
const assumedSize = 100_000_000;
const mostPerDay = 1000;

/**
 * Reads `main-=5/day`, `untagged=2/week`, and `none` for no push at all. An image is as large as the repository's are on average, 100 MB
 * where there is none. Throws USAGE.
 */
export function parseRates(
  texts: readonly string[],
  images: readonly LifecycleImage[],
): readonly PushRate[] {
  const bytes = images.reduce((sum, { size }) => sum + size, 0);
  const size = images.length > 0 ? Math.round(bytes / images.length) : assumedSize;
  return texts
    .filter((text) => text !== "none")
    .map((text) => {
      const [, tag = "", count, unit] = rateForm.exec(text) ?? [];
      const perDay = Number(count) / (unit === "week" ? 7 : 1);
      if (!(perDay <= mostPerDay)) {
        throw new SlipwayError(
          "USAGE",
          `'${text}' is not a rate of pushes of at most ${mostPerDay} a day`,
          {
            suggestions: ["--push main-=5/day", "--push untagged=2/week"],
          },
        );
      }
      return { tag: tag === "untagged" ? undefined : tag, perDay, size };
    });
}
