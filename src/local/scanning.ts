import type { FindingsRule, ScanFinding } from "./findings-file.ts";
import { matchesWildcard } from "./mutability.ts";
import type { ScanningSetting } from "./registry-settings.ts";
import type { Image, Repository } from "./repository.ts";

/** What a scan finds in an image: all of all rules that fit it. */
export function findingsIn(
  rules: readonly FindingsRule[],
  repository: Repository,
  image: Image,
): ScanFinding[] {
  const fitting = rules.filter(
    ({ repository: name = "*", tag, digest = image.digest }) =>
      matchesWildcard(name, repository.name) &&
      digest === image.digest &&
      (tag === undefined || [...image.tags].some((one) => matchesWildcard(tag, one))),
  );
  return fitting.flatMap(({ findings }) => findings);
}

export type ScanFrequency = ScanningSetting["rules"][number]["scanFrequency"];

/** When images of a repository are scanned: as the registry's first fitting rule says, or the repository itself. */
export function scanFrequencyOf(
  setting: ScanningSetting | undefined,
  { name, scanOnPush }: Pick<Repository, "name" | "scanOnPush">,
): { readonly scanFrequency: ScanFrequency; readonly filters: readonly string[] } {
  for (const { scanFrequency, filters } of setting?.rules ?? []) {
    const applied = filters.filter((filter) => matchesFilter(filter, name));
    if (applied.length > 0) return { scanFrequency, filters: applied };
  }
  return { scanFrequency: scanOnPush ? "SCAN_ON_PUSH" : "MANUAL", filters: [] };
}

/** A filter without a wildcard stands for every name that contains it. */
function matchesFilter(filter: string, name: string): boolean {
  return filter.includes("*") ? matchesWildcard(filter, name) : name.includes(filter);
}
