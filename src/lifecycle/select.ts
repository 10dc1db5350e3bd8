import type { LifecycleImage } from "./image.ts";
import type { LifecycleSelection } from "./policy.ts";

/**
 * Whether a rule's selection applies to an image, its count aside: its storage class and its tags. The
 * entries of a list are joined by "and", each may be met by another tag. An image that is just being
 * restored is in neither storage class: AWS does not say in which, and so nothing is said to take it.
 */
export function compileSelection(
  selection: LifecycleSelection,
): (image: LifecycleImage) => boolean {
  const status = selection.storageClass === "archive" ? "archived" : "active";
  const fits = compileTags(selection);
  return (image) => image.status === status && fits(image.tags);
}

/** Why a rule's selection does not apply to an image, in English; empty when it does. */
export function missesOf(selection: LifecycleSelection, image: LifecycleImage): readonly string[] {
  const wanted = selection.storageClass === "archive" ? "archived" : "active";
  const misses = image.status === wanted ? [] : [`it is ${image.status}, not ${wanted}`];
  const { tagStatus, tagPatternList = [], tagPrefixList = [] } = selection;
  if (tagStatus === "untagged" && image.tags.length > 0) misses.push("it has tags");
  if (tagStatus !== "tagged") return misses;
  if (image.tags.length === 0) return [...misses, "it has no tag"];
  const entries = [
    ...tagPatternList.map((entry) => ({ what: `matches ${entry}`, fits: compilePattern(entry) })),
    ...tagPrefixList.map((entry) => ({
      what: `starts with ${entry}`,
      fits: (tag: string) => tag.startsWith(entry),
    })),
  ];
  const missed = entries.filter(({ fits }) => !image.tags.some(fits));
  return [...misses, ...missed.map(({ what }) => `no tag of it ${what}`)];
}

function compileTags(selection: LifecycleSelection): (tags: readonly string[]) => boolean {
  const { tagStatus, tagPatternList = [], tagPrefixList = [] } = selection;
  if (tagStatus === "any") return () => true;
  if (tagStatus === "untagged") return (tags) => tags.length === 0;
  const tests = [
    ...tagPatternList.map(compilePattern),
    ...tagPrefixList.map((prefix) => (tag: string) => tag.startsWith(prefix)),
  ];
  return (tags) => tags.length > 0 && tests.every((test) => tags.some(test));
}

/**
 * A tag pattern: `*` stands for any characters or none, everything else for itself; without `*` it is
 * one exact tag.
 */
export function compilePattern(pattern: string): (tag: string) => boolean {
  const [start = "", ...rest] = pattern.split("*");
  const end = rest.pop();
  if (end === undefined) return (tag) => tag === start;
  return (tag) => {
    if (!tag.startsWith(start)) return false;
    let at = start.length;
    for (const part of rest) {
      const found = tag.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return tag.length - end.length >= at && tag.endsWith(end);
  };
}
