import { isObject, list, object } from "../loose.ts";
import { checkFields, placeOfRule } from "./fields.ts";
import { type MistakePlace, type PolicyMistake, policyMistake } from "./grammar.ts";
import { formatPolicy, type LifecyclePolicy } from "./policy.ts";
import { checkRelations } from "./relations.ts";

export type CheckedPolicy =
  | { readonly policy: LifecyclePolicy }
  | { readonly mistakes: readonly PolicyMistake[] };

const maxRules = 50;
const maxLength = 30_720;

/**
 * Checks any value against ECR's whole lifecycle grammar, see `policyGrammar`. Answers with the value
 * as a policy, or with all of its mistakes in the order of the document; never throws.
 */
export function checkPolicy(document: unknown): CheckedPolicy {
  const rules = list(object(document).rules);
  const mistakes = [
    ...checkFields(document),
    ...rules.flatMap((rule: unknown, index) => checkRelations(rule, index)),
    ...checkPresence(document),
    ...checkTogether(rules),
  ];
  if (mistakes.length > 0) return { mistakes: mistakes.toSorted(byRule) };
  const policy = document as LifecyclePolicy;
  const length = checkLength(formatPolicy(policy).length);
  return length.length > 0 ? { mistakes: length } : { policy };
}

/** ECR takes no text of less than 100 characters, and the shortest rule makes a policy of 137. */
function checkPresence(document: unknown): PolicyMistake[] {
  const rules = isObject(document) ? document.rules : undefined;
  if (!Array.isArray(rules) || rules.length > 0) return [];
  const message = "rules is empty, expected at least one rule";
  return [policyMistake("no-rules", { path: ["rules"] }, message)];
}

function byRule(a: PolicyMistake, b: PolicyMistake): number {
  return Number(a.path[1] ?? -1) - Number(b.path[1] ?? -1) || 0;
}

/** One rule as the others see it. */
interface Seen {
  readonly place: MistakePlace;
  readonly priority: number;
  readonly storageClass: string;
  readonly tagStatus: unknown;
  readonly prefixes: string | undefined;
}

function checkTogether(rules: readonly unknown[]): PolicyMistake[] {
  const seen = rules.map(see).filter((rule) => rule !== undefined);
  const classes = Map.groupBy(seen, ({ storageClass }) => storageClass);
  return [
    ...checkNumberOfRules(rules.length),
    ...checkPriorities(seen),
    ...[...classes.values()].flatMap(checkStorageClass),
  ];
}

function see(rule: unknown, index: number): Seen | undefined {
  const place = placeOfRule(rule, index);
  if (!isObject(rule) || place.rule === undefined) return undefined;
  const selection = object(rule.selection);
  const { storageClass, tagStatus, tagPrefixList } = selection;
  return {
    place,
    priority: place.rule,
    storageClass: storageClass === "archive" ? "archive" : "standard",
    tagStatus,
    prefixes: Array.isArray(tagPrefixList)
      ? JSON.stringify([...new Set(tagPrefixList)].sort())
      : undefined,
  };
}

function checkNumberOfRules(found: number): PolicyMistake[] {
  if (found <= maxRules) return [];
  const message = `there are ${found} rules, expected at most ${maxRules}`;
  return [policyMistake("too-many-rules", { path: ["rules"] }, message)];
}

function checkPriorities(rules: readonly Seen[]): PolicyMistake[] {
  return repeats(rules, ({ priority }) => priority).map(({ place, priority }) =>
    policyMistake(
      "duplicate-priority",
      { ...place, path: [...place.path, "rulePriority"] },
      `rulePriority is ${priority} once more, expected a number that no other rule has`,
    ),
  );
}

function checkStorageClass(rules: readonly Seen[]): PolicyMistake[] {
  const of = (status: string) => rules.filter(({ tagStatus }) => tagStatus === status);
  const withPrefixes = rules.filter(({ prefixes }) => prefixes !== undefined);
  const at = ({ place }: Seen, name: string) => ({
    ...place,
    path: [...place.path, "selection", name],
  });
  return [
    ...repeats(of("untagged"), () => "").map((rule) => {
      const message = `tagStatus is untagged once more in storage class ${rule.storageClass}, expected one such rule`;
      return policyMistake("second-untagged", at(rule, "tagStatus"), message);
    }),
    ...repeats(of("any"), () => "").map((rule) => {
      const message = `tagStatus is any once more in storage class ${rule.storageClass}, expected one such rule`;
      return policyMistake("second-any", at(rule, "tagStatus"), message);
    }),
    ...repeats(withPrefixes, ({ prefixes }) => prefixes).map((rule) => {
      const message = `tagPrefixList is ${rule.prefixes} once more, expected prefixes that no other rule has`;
      return policyMistake("duplicate-prefixes", at(rule, "tagPrefixList"), message);
    }),
    ...checkAnyLast(rules),
  ];
}

function checkAnyLast(rules: readonly Seen[]): PolicyMistake[] {
  const others = rules.filter(({ tagStatus }) => tagStatus !== "any");
  const last = others.reduce((highest, { priority }) => Math.max(highest, priority), 0);
  const early = rules.filter((rule) => rule.tagStatus === "any" && rule.priority < last);
  return early.map(({ place, priority }) =>
    policyMistake(
      "any-not-last",
      { ...place, path: [...place.path, "rulePriority"] },
      `rulePriority is ${priority} with tagStatus any, expected more than ${last}, the priority of the last other rule`,
    ),
  );
}

/** Those for whose key an earlier one stands already. */
function repeats(rules: readonly Seen[], key: (rule: Seen) => unknown): readonly Seen[] {
  return [...Map.groupBy(rules, key).values()].flatMap((same) => same.slice(1));
}

function checkLength(length: number): PolicyMistake[] {
  if (length <= maxLength) return [];
  const message = `the policy has ${length} characters minified, expected at most ${maxLength}`;
  return [policyMistake("too-long", { path: [] }, message)];
}
