import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";

/** A rule that takes the next free priority at its place. */
export type NewRule = Omit<LifecycleRule, "rulePriority">;

/** A policy after an edit, and the new rules as they stand in it. */
export interface Edited {
  readonly policy: LifecyclePolicy;
  readonly rules: readonly LifecycleRule[];
  /** Rules that stay as they are and get another priority, which makes room for the new ones. */
  readonly moved: readonly MovedRule[];
}

export interface MovedRule {
  readonly from: number;
  readonly to: number;
}

/** Puts rules directly above the rule of this priority; those below move down where there is no room. */
export function insertAbove(
  policy: LifecyclePolicy,
  priority: number,
  rules: readonly NewRule[],
): Edited {
  return rewrite(policy, (rule) => (rule.rulePriority === priority ? [...rules, rule] : [rule]));
}

/** Writes these rules in the place of the one of this priority; none of them removes it. */
export function replaceRule(
  policy: LifecyclePolicy,
  priority: number,
  rules: readonly NewRule[],
): Edited {
  return rewrite(policy, (rule) => (rule.rulePriority === priority ? rules : [rule]));
}

function rewrite(
  { rules }: LifecyclePolicy,
  change: (rule: LifecycleRule) => readonly (NewRule | LifecycleRule)[],
): Edited {
  const written = rules.toSorted((a, b) => a.rulePriority - b.rulePriority).flatMap(change);
  const known = new Set<NewRule>(rules);
  let last = 0;
  const numbered = written.map((rule) => {
    const from = "rulePriority" in rule && known.has(rule) ? rule.rulePriority : 0;
    last = Math.max(from, last + 1);
    return { from, rule: numberedRule(rule, last) };
  });
  return {
    policy: { rules: numbered.map(({ rule }) => rule) },
    rules: numbered.flatMap(({ from, rule }) => (from === 0 ? [rule] : [])),
    moved: numbered.flatMap(({ from, rule: { rulePriority: to } }) =>
      from === 0 || from === to ? [] : [{ from, to }],
    ),
  };
}

function numberedRule(rule: NewRule, rulePriority: number): LifecycleRule {
  const { description, selection, action } = rule;
  return { rulePriority, ...(description !== undefined && { description }), selection, action };
}
