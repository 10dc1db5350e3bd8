import { containsPattern, containsSelection, entriesOf } from "./contain.ts";
import { type Edited, insertAbove, type NewRule, replaceRule } from "./edit.ts";
import type { LintRemark } from "./lint.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { compileSelection } from "./select.ts";

/** Tags that releases have, to try rules on. */
const sampleReleases = ["1.4.0", "v1.4.0"];
const sensibleReleases = 50;

/** What rules give away by how they stand to each other, without any image. */
export function lintRules(policy: LifecyclePolicy): readonly LintRemark[] {
  const ordered = policy.rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
  return ordered.flatMap((rule, at) => {
    const higher = ordered.slice(0, at);
    return [
      ...lintShadowed(policy, rule, higher),
      ...lintCrowded(policy, rule, higher),
      ...lintAny(policy, rule, higher),
      ...lintReleasesByAge(policy, rule),
    ];
  });
}

function lintShadowed(
  policy: LifecyclePolicy,
  rule: LifecycleRule,
  higher: readonly LifecycleRule[],
): readonly LintRemark[] {
  const shadow = higher.find(({ selection }) => containsSelection(selection, rule.selection));
  if (!shadow) return [];
  const isSame = containsSelection(rule.selection, shadow.selection);
  const { rulePriority, ...moved } = rule;
  const without = replaceRule(policy, rulePriority, []).policy;
  return [
    {
      code: "shadowed",
      rule,
      message: `rule ${shadow.rulePriority} selects every image that rule ${rulePriority} selects`,
      repaired: isSame ? undefined : insertAbove(without, shadow.rulePriority, [moved]),
    },
  ];
}

function lintCrowded(
  policy: LifecyclePolicy,
  rule: LifecycleRule,
  higher: readonly LifecycleRule[],
): readonly LintRemark[] {
  const { selection } = rule;
  if (selection.countType !== "imageCountMoreThan") return [];
  const crowding = higher.filter(
    (other) =>
      other.selection.countType === "imageCountMoreThan" &&
      other.selection.countNumber >= selection.countNumber &&
      containsSelection(selection, other.selection),
  );
  const [first] = crowding;
  if (!first) return [];
  const more = crowding.reduce((sum, other) => sum + other.selection.countNumber, 0);
  return [
    {
      code: "crowded-count",
      rule,
      property: "countNumber",
      message: `rule ${first.rulePriority} may keep ${first.selection.countNumber} images, and rule ${rule.rulePriority} counts them among its ${selection.countNumber}`,
      repaired: withCount(policy, rule, selection.countNumber + more),
    },
  ];
}

function lintAny(
  policy: LifecyclePolicy,
  rule: LifecycleRule,
  higher: readonly LifecycleRule[],
): readonly LintRemark[] {
  const { selection, action, rulePriority } = rule;
  const isEater = selection.tagStatus === "any" && selection.storageClass !== "archive";
  if (!isEater || action.type !== "expire") return [];
  const isProtected = sampleReleases.some((tag) => higher.some((one) => selectsTag(one, tag)));
  const isInAList = higher.some(({ selection: other }) => namesReleases(entriesOf(other)));
  if (isProtected || isInAList) return [];
  return [
    {
      code: "any-eats-releases",
      rule,
      message: `no rule above rule ${rulePriority} selects release tags such as 1.4.0 or v1.4.0`,
      repaired: insertAbove(policy, rulePriority, [protectionOf("*.*.*")]),
    },
  ];
}

/** Whether a list is about versions of some family, such as `api-1.*` or `release-*`. */
function namesReleases(entries: readonly string[]): boolean {
  return entries.some((entry) => /(?:release|(?:^|[-_.])v?[0-9]+\.)/i.test(entry));
}

/** A rule that keeps the newest releases. */
export function protectionOf(pattern: string): NewRule {
  return {
    description: "Keep releases",
    selection: {
      tagStatus: "tagged",
      tagPatternList: [pattern],
      countType: "imageCountMoreThan",
      countNumber: sensibleReleases,
    },
    action: { type: "expire" },
  };
}

function lintReleasesByAge(policy: LifecyclePolicy, rule: LifecycleRule): readonly LintRemark[] {
  const { selection, action } = rule;
  const isByAge = selection.countType === "sinceImagePushed" && action.type === "expire";
  if (!isByAge || selection.tagStatus !== "tagged") return [];
  const release = sampleReleases.find((tag) => selectsTag(rule, tag));
  // What matches everything is not about releases.
  const isForAll = entriesOf(selection).every((entry) => containsPattern(entry, "*"));
  if (release === undefined || isForAll) return [];
  return [
    {
      code: "releases-by-age",
      rule,
      property: "countType",
      message: `releases such as ${release} expire ${selection.countNumber} days after their push`,
      repaired: byCount(policy, rule),
    },
  ];
}

/** The same rule, with a number of images to keep in place of an age. */
export function byCount(policy: LifecyclePolicy, rule: LifecycleRule): Edited {
  const { rulePriority, ...rest } = rule;
  const { countUnit: _, ...selection } = rest.selection;
  const repaired: NewRule = {
    ...rest,
    selection: { ...selection, countType: "imageCountMoreThan", countNumber: sensibleReleases },
  };
  return replaceRule(policy, rulePriority, [repaired]);
}

/** The same rule with another count. */
export function withCount(
  policy: LifecyclePolicy,
  { rulePriority, ...rule }: LifecycleRule,
  countNumber: number,
): Edited {
  const selection = { ...rule.selection, countNumber };
  return replaceRule(policy, rulePriority, [{ ...rule, selection }]);
}

function selectsTag({ selection }: LifecycleRule, tag: string): boolean {
  if (selection.storageClass === "archive") return false;
  return compileSelection(selection)({
    digest: "",
    tags: [tag],
    pushedAt: 0,
    size: 0,
    status: "active",
    children: [],
  });
}
