import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type { LifecyclePolicy, LifecycleRule } from "../../src/lifecycle/policy.ts";

/**
 * A second evaluator, straight from the prose of the user guide and shared with nothing: for every image
 * and rule it looks at the whole repository again. It answers in words: `i3: expires by 10`.
 */
export function naiveFates(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  now: number,
): readonly string[] {
  return images.map(({ digest }) => `${digest}: ${wholeFate(policy, images, digest, now)}`);
}

/** What an index lists stays; a referrer goes with its subject, if nothing worse happens to it anyway. */
function wholeFate(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  digest: string,
  now: number,
): string {
  const image = images.find((each) => each.digest === digest);
  if (!image) return "absent";
  const fate = ownFate(policy, images, image, now);
  const isListed = images.some(
    (each) => each.status !== "archived" && each.children.includes(digest),
  );
  if (isListed) return fate.startsWith("kept") ? fate : `blocked, would be ${fate}`;
  const subject = image.subject ?? "none";
  const its = wholeFate(policy, images, subject, now);
  if (its.startsWith("expires") && !fate.startsWith("expires")) return `expires with ${subject}`;
  const isArchived = image.status === "archived";
  if (its.startsWith("archived") && fate.startsWith("kept") && !isArchived) {
    return `archived with ${subject}`;
  }
  return fate;
}

/** Each image is acted on by exactly one rule or none: the one of the lowest number that selects it. */
function ownFate(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  image: LifecycleImage,
  now: number,
): string {
  const selecting = policy.rules.filter((rule) => selects(rule, image));
  if (selecting.length === 0) return "kept by no rule";
  const lowest = Math.min(...selecting.map(({ rulePriority }) => rulePriority));
  const rule = selecting.find(({ rulePriority }) => rulePriority === lowest) as LifecycleRule;
  if (!marks(rule, images, image, now)) return `kept by ${lowest}`;
  return `${rule.action.type === "expire" ? "expires" : "archived"} by ${lowest}`;
}

function selects({ selection }: LifecycleRule, { status, tags }: LifecycleImage): boolean {
  const wantedStatus = selection.storageClass === "archive" ? "archived" : "active";
  if (status !== wantedStatus) return false;
  if (selection.tagStatus === "any") return true;
  if (selection.tagStatus === "untagged") return tags.length === 0;
  const forms = [
    ...(selection.tagPatternList ?? []).map(regularExpression),
    ...(selection.tagPrefixList ?? []).map((prefix) => regularExpression(`${prefix}*`)),
  ];
  return forms.every((form) => tags.some((tag) => form.test(tag)));
}

function regularExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
}

function marks(
  rule: LifecycleRule,
  images: readonly LifecycleImage[],
  image: LifecycleImage,
  now: number,
): boolean {
  const { countType, countNumber } = rule.selection;
  if (countType === "imageCountMoreThan") {
    const others = images.filter((other) => selects(rule, other) && isNewer(other, image));
    return others.length >= countNumber;
  }
  const from = countType === "sinceImagePulled" ? pullClock(image) : clock(image);
  return (now - from) / 86_400_000 > countNumber;
}

function clock({ status, pushedAt, archivedAt, activatedAt }: LifecycleImage): number {
  return status === "archived" ? (archivedAt ?? pushedAt) : (activatedAt ?? pushedAt);
}

function pullClock({ pulledAt, activatedAt, pushedAt }: LifecycleImage): number {
  if (pulledAt === undefined) return activatedAt ?? pushedAt;
  return Math.max(pulledAt, activatedAt ?? pulledAt);
}

function isNewer(a: LifecycleImage, b: LifecycleImage): boolean {
  return clock(a) > clock(b) || (clock(a) === clock(b) && a.digest > b.digest);
}
