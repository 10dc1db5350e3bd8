import { plural } from "../wording.ts";
import type { LifecycleRule, LifecycleSelection } from "./policy.ts";

/** What a rule does, in one English clause: `expires images tagged v* beyond the newest 30`. */
export function describeRule({ selection, action }: LifecycleRule): string {
  const verb = action.type === "expire" ? "expires" : "archives";
  return `${verb} ${whichImages(selection)} ${whichOfThem(selection)}`;
}

function whichImages({
  tagStatus,
  storageClass,
  tagPatternList,
  tagPrefixList,
}: LifecycleSelection): string {
  const images = storageClass === "archive" ? "archived images" : "images";
  switch (tagStatus) {
    case "untagged":
      return `untagged ${images}`;
    case "any":
      return `all ${images}`;
    case "tagged":
      return tagPatternList
        ? `${images} tagged ${every(tagPatternList)}`
        : `${images} with a tag that starts with ${every(tagPrefixList ?? [])}`;
  }
}

// The entries of a list are joined by "and": an image must match every one, perhaps by several tags.
function every(entries: readonly string[]): string {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return only;
  const last = entries.at(-1);
  const first = entries.slice(0, -1).join(", ");
  return `${first} and ${last} (${entries.length === 2 ? "both" : "all of them"})`;
}

function whichOfThem({ countType, countNumber }: LifecycleSelection): string {
  const days = plural(countNumber, "day");
  switch (countType) {
    case "imageCountMoreThan":
      return `beyond the newest ${countNumber}`;
    case "sinceImagePushed":
      return `pushed more than ${days} ago`;
    case "sinceImagePulled":
      return `not pulled for more than ${days}`;
    case "sinceImageTransitioned":
      return `archived more than ${days} ago`;
  }
}
