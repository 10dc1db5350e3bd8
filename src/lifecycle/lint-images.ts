import { plural } from "../wording.ts";
import { insertAbove, replaceRule } from "./edit.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { type LifecycleImage, newestFirst } from "./image.ts";
import type { LintRemark } from "./lint.ts";
import { byCount, protectionOf, withCount } from "./lint-rules.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { compileSelection } from "./select.ts";
import { floatingTags, newestReleases, releaseOf } from "./tags.ts";

/** One rule among the images of a repository. */
interface Scene {
  readonly policy: LifecyclePolicy;
  readonly images: readonly LifecycleImage[];
  readonly rule: LifecycleRule;
  /** What the rule selects, the newest first. */
  readonly selected: readonly LifecycleImage[];
  /** What obeys the rule: selected by it, and by none above it. */
  readonly claimed: readonly LifecycleImage[];
  /** What the whole policy keeps. */
  readonly stays: ReadonlySet<string>;
}

/** What only the images of a repository show. */
export function lintImages(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
): readonly LintRemark[] {
  const ordered = policy.rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
  const newest = images.toSorted(newestFirst);
  const stays = keptBy(policy, images);
  const taken = new Set<string>();
  return ordered.flatMap((rule) => {
    const selected = newest.filter(compileSelection(rule.selection));
    const claimed = selected.filter(({ digest }) => !taken.has(digest));
    for (const { digest } of claimed) taken.add(digest);
    const scene = { policy, images, rule, selected, claimed, stays };
    return [
      ...lintNoMatch(scene),
      ...lintAny(scene),
      ...lintByAge(scene),
      ...lintUntagged(scene),
      ...lintCrowded(scene),
      ...lintFloating(scene),
    ];
  });
}

function lintNoMatch({ rule, selected, images }: Scene): readonly LintRemark[] {
  const isForLater = rule.selection.storageClass === "archive";
  if (selected.length > 0 || isForLater || rule.selection.tagStatus !== "tagged") return [];
  const tags = images.flatMap((image) => image.tags).slice(0, 3);
  const instead = tags.length > 0 ? `; tags here are ${tags.join(", ")}` : "; no image has a tag";
  return [
    {
      code: "no-match",
      rule,
      message: `rule ${rule.rulePriority} selects none of ${plural(images.length, "image")}${instead}`,
      repaired: undefined,
    },
  ];
}

function lintAny({ policy, rule, claimed }: Scene): readonly LintRemark[] {
  const { selection, action, rulePriority } = rule;
  if (selection.tagStatus !== "any" || action.type !== "expire") return [];
  if (selection.storageClass === "archive") return [];
  const eaten = claimed.flatMap(({ tags }) => tags.filter((tag) => releaseOf(tag)));
  if (eaten.length === 0) return [];
  const families = [...new Set(eaten.map((tag) => releaseOf(tag)?.family ?? ""))];
  const protections = families.map((family) => protectionOf(`${family}*.*.*`));
  return [
    {
      code: "any-eats-releases",
      rule,
      message: `${plural(eaten.length, "release tag falls", "release tags fall")} to rule ${rulePriority}, such as ${eaten[0]}`,
      repaired: insertAbove(policy, rulePriority, protections),
    },
  ];
}

function lintByAge({ policy, rule, claimed, images }: Scene): readonly LintRemark[] {
  const { selection, action } = rule;
  if (selection.countType !== "sinceImagePushed" || action.type !== "expire") return [];
  if (selection.tagStatus !== "tagged") return [];
  const latest = newestReleases(images, 1);
  const found = claimed.find(({ digest }) => latest.has(digest));
  if (!found) return [];
  return [
    {
      code: "releases-by-age",
      rule,
      property: "countType",
      message: `the newest release ${latest.get(found.digest)} expires ${selection.countNumber} days after its push`,
      repaired: byCount(policy, rule),
    },
  ];
}

const untaggedDays = 7;

function lintUntagged({ policy, rule, claimed, images }: Scene): readonly LintRemark[] {
  const { selection, rulePriority } = rule;
  const isCount = selection.countType === "imageCountMoreThan";
  if (selection.tagStatus !== "untagged" || !isCount) return [];
  const listed = new Set(images.flatMap(({ children }) => children));
  const children = claimed.filter(({ digest }) => listed.has(digest)).length;
  if (children === 0) return [];
  const { rulePriority: _, ...rest } = rule;
  const repaired = {
    ...rest,
    selection: {
      ...selection,
      countType: "sinceImagePushed",
      countUnit: "days",
      countNumber: untaggedDays,
    },
  } as const;
  return [
    {
      code: "untagged-indexes",
      rule,
      property: "countType",
      message: `${children} of the ${claimed.length} untagged images belong to multi-platform images`,
      repaired: replaceRule(policy, rulePriority, [repaired]),
    },
  ];
}

/** Crowded when images that go would have room without the images that other rules keep. */
function lintCrowded({ policy, rule, selected, claimed, stays }: Scene): readonly LintRemark[] {
  const { countType, countNumber } = rule.selection;
  if (countType !== "imageCountMoreThan" || selected.length <= countNumber) return [];
  const own = new Set(claimed.map(({ digest }) => digest));
  const guests = selected
    .slice(0, countNumber)
    .filter(({ digest }) => !own.has(digest) && stays.has(digest)).length;
  const driven = selected.slice(countNumber).some(({ digest }) => own.has(digest));
  if (guests * 2 < countNumber || guests === 0 || !driven) return [];
  return [
    {
      code: "crowded-count",
      rule,
      property: "countNumber",
      message: `${guests} of the ${countNumber} images that rule ${rule.rulePriority} leaves belong to rules above it`,
      repaired: withCount(policy, rule, countNumber + guests),
    },
  ];
}

/** At the moment of the last push: lints are about the policy, not about today. */
function keptBy(policy: LifecyclePolicy, images: readonly LifecycleImage[]): ReadonlySet<string> {
  const now = images.reduce((latest, { pushedAt }) => Math.max(latest, pushedAt), 0);
  const kept = evaluatePolicy(policy, images, now).filter(({ fate }) => fate === "kept");
  return new Set(kept.map(({ digest }) => digest));
}

function lintFloating({ policy, rule, selected, claimed, images }: Scene): readonly LintRemark[] {
  const { countType, countNumber } = rule.selection;
  if (countType !== "imageCountMoreThan") return [];
  const floating = floatingTags(images.flatMap(({ tags }) => tags));
  const own = new Set(claimed.map(({ digest }) => digest));
  const needed = selected.findLastIndex(
    ({ digest, tags }) => own.has(digest) && tags.some((tag) => floating.has(tag)),
  );
  if (needed < countNumber) return [];
  const tag = selected[needed]?.tags.find((each) => floating.has(each));
  return [
    {
      code: "count-below-floating",
      rule,
      property: "countNumber",
      message: `${tag} points to image ${needed + 1} of those that rule ${rule.rulePriority} counts, and it leaves ${countNumber}`,
      repaired: withCount(policy, rule, needed + 1),
    },
  ];
}
