import { isTag } from "../oci/reference.ts";
import { plural } from "../wording.ts";
import { containsPattern, entriesOf } from "./contain.ts";
import { type Edited, type NewRule, replaceRule } from "./edit.ts";
import type { LifecycleImage } from "./image.ts";
import type { LintRemark } from "./lint.ts";
import type { LifecyclePolicy, LifecycleRule, LifecycleSelection } from "./policy.ts";
import { compilePattern, compileSelection } from "./select.ts";

type ListName = "tagPatternList" | "tagPrefixList";

const maxWildcards = 4;

/** What the tag lists of rules give away by themselves. */
export function lintEntries(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[] | undefined,
): readonly LintRemark[] {
  return policy.rules.flatMap((rule) => [
    ...lintAnd(policy, rule, images),
    ...lintImpossible(policy, rule),
    ...lintDated(policy, rule),
  ]);
}

function lintAnd(
  policy: LifecyclePolicy,
  rule: LifecycleRule,
  images: readonly LifecycleImage[] | undefined,
): readonly LintRemark[] {
  const entries = [...new Set(listOf(rule.selection))];
  const all = entriesOf(rule.selection);
  const isNested = all.some((entry) => all.every((other) => containsPattern(other, entry)));
  if (entries.length < 2 || isNested) return [];
  const counts = images && countMatches(rule, images);
  // Where every image that has one of the tags has them all, "and" is what was meant.
  if (counts && counts.all > 0 && counts.all === counts.some) return [];
  const found = counts ? `: ${matching(counts)}` : "";
  const { selection, description, action } = rule;
  const single = entries.map(
    (entry): NewRule => ({
      ...(description !== undefined && { description }),
      selection: withList(selection, listName(selection), [entry]),
      action,
    }),
  );
  return [
    {
      code: "and-list",
      rule,
      property: listName(selection),
      message: `${entries.join(" and ")} must all match the same image${found}`,
      repaired: replaceRule(policy, rule.rulePriority, single),
    },
  ];
}

function matching({ all, some }: { readonly all: number; readonly some: number }): string {
  return `${plural(some, "image matches", "images match")} one, ${all} ${all === 1 ? "matches" : "match"} all`;
}

function countMatches(rule: LifecycleRule, images: readonly LifecycleImage[]) {
  const isOne = entriesOf(rule.selection).map(compilePattern);
  const isAll = compileSelection(rule.selection);
  const status = rule.selection.storageClass === "archive" ? "archived" : "active";
  return {
    all: images.filter(isAll).length,
    some: images.filter(
      (image) =>
        image.status === status && image.tags.some((tag) => isOne.some((fits) => fits(tag))),
    ).length,
  };
}

function lintImpossible(policy: LifecyclePolicy, rule: LifecycleRule): readonly LintRemark[] {
  const { selection } = rule;
  const property = listName(selection);
  return listOf(selection)
    .filter((entry) => !canMatch(entry, property))
    .map((entry) => ({
      code: "impossible-entry",
      rule,
      property,
      message: `no tag can match '${entry}'`,
      repaired: rewritten(policy, rule, entry, repairImpossible(entry, property)),
    }));
}

/** Whether some legal tag matches: one with the wildcards taken out, or with a letter for each of them. */
function canMatch(entry: string, property: ListName): boolean {
  if (property === "tagPrefixList") return isTag(entry);
  return isTag(entry.replaceAll("*", "")) || isTag(entry.replaceAll("*", "a"));
}

/** The pattern that was meant, where that can be told: never one that takes every tag instead of none. */
function repairImpossible(entry: string, property: ListName): string | undefined {
  const wildcards = entry.split("*").length - 1;
  const last = entry.split(/[/:@]/).at(-1) ?? "";
  const legal = last.replace(/^[-.]+/, "");
  const isAll = (text: string) => /^[*]*$/.test(text);
  if ((isAll(legal) && !isAll(entry)) || wildcards > maxWildcards) return undefined;
  const pattern = property === "tagPrefixList" && wildcards === 0 ? `${legal}*` : legal;
  return canMatch(pattern, "tagPatternList") ? pattern : undefined;
}

const yearForm = /(?<![0-9])20[2-9][0-9](?![0-9]{5})/;

function lintDated(policy: LifecyclePolicy, rule: LifecycleRule): readonly LintRemark[] {
  const { selection } = rule;
  return listOf(selection).flatMap((entry): readonly LintRemark[] => {
    const year = yearForm.exec(entry);
    if (!year) return [];
    return [
      {
        code: "dated-entry",
        rule,
        property: listName(selection),
        message: `'${entry}' matches no tag of another year than ${year[0]}`,
        repaired: rewritten(policy, rule, entry, `${entry.slice(0, year.index)}20*`),
      },
    ];
  });
}

/** The rule with one entry written as another pattern, or without it. */
function rewritten(
  policy: LifecyclePolicy,
  { selection, description, action, rulePriority }: LifecycleRule,
  entry: string,
  pattern: string | undefined,
): Edited | undefined {
  const name = listName(selection);
  const others = listOf(selection)
    .filter((other) => other !== entry)
    .map((other) => (name === "tagPrefixList" ? `${other}*` : other));
  const entries = [...others, ...(pattern === undefined ? [] : [pattern])];
  if (entries.length === 0) return undefined;
  const rule: NewRule = {
    ...(description !== undefined && { description }),
    selection: withList(selection, "tagPatternList", entries),
    action,
  };
  return replaceRule(policy, rulePriority, [rule]);
}

function listName({ tagPatternList }: LifecycleSelection): ListName {
  return tagPatternList ? "tagPatternList" : "tagPrefixList";
}

function listOf(selection: LifecycleSelection): readonly string[] {
  return selection[listName(selection)] ?? [];
}

function withList(
  { tagPatternList: _, tagPrefixList: __, tagStatus, ...rest }: LifecycleSelection,
  name: ListName,
  entries: readonly string[],
): LifecycleSelection {
  return { tagStatus, [name]: entries, ...rest };
}
