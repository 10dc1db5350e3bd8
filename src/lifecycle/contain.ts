import type { LifecycleSelection } from "./policy.ts";
import { compilePattern } from "./select.ts";

/** The entries of a selection's list as patterns. */
export function entriesOf({
  tagPatternList = [],
  tagPrefixList = [],
}: LifecycleSelection): readonly string[] {
  return [...tagPatternList, ...tagPrefixList.map((prefix) => `${prefix}*`)];
}

/** Whether every tag that `narrow` matches is matched by `wide`; sometimes it is and this says no. */
export function containsPattern(wide: string, narrow: string): boolean {
  // A character that no tag has stands for "anything": only a wildcard takes it.
  return compilePattern(wide)(narrow.replaceAll("*", "\0"));
}

/** Whether `wide` selects every image that `narrow` selects; sometimes it does and this says no. */
export function containsSelection(wide: LifecycleSelection, narrow: LifecycleSelection): boolean {
  const isArchive = ({ storageClass }: LifecycleSelection) => storageClass === "archive";
  if (isArchive(wide) !== isArchive(narrow)) return false;
  if (wide.tagStatus === "any") return true;
  if (wide.tagStatus !== narrow.tagStatus) return false;
  const narrowEntries = entriesOf(narrow);
  return entriesOf(wide).every((entry) =>
    narrowEntries.some((other) => containsPattern(entry, other)),
  );
}
