import { canonicalPolicy, type LifecyclePolicy, type LifecycleRule } from "./policy.ts";

/** One property of a rule that differs; a side is absent where the rule does not have the property. */
export interface FieldChange {
  readonly path: readonly string[];
  readonly wanted?: string | number | readonly string[];
  readonly actual?: string | number | readonly string[];
}

/** What must happen to one rule of the actual policy to make it the wanted one. */
export type PolicyChange =
  | { readonly kind: "added"; readonly rule: LifecycleRule }
  | { readonly kind: "removed"; readonly rule: LifecycleRule }
  | {
      readonly kind: "changed";
      readonly wanted: LifecycleRule;
      readonly actual: LifecycleRule;
      readonly fields: readonly FieldChange[];
    };

/**
 * The changes that lead from the actual policy to the wanted one, by rule priority. Without an actual
 * policy every rule is added. Empty exactly when the two are the same, see `formatPolicy`.
 */
export function diffPolicies(
  wanted: LifecyclePolicy,
  actual: LifecyclePolicy | undefined,
): readonly PolicyChange[] {
  const to = byPriority(wanted);
  const from = byPriority(actual ?? { rules: [] });
  const priorities = [...new Set([...to.keys(), ...from.keys()])].sort((a, b) => a - b);
  return priorities.flatMap((priority) => diffRules(to.get(priority), from.get(priority)));
}

function byPriority(policy: LifecyclePolicy): ReadonlyMap<number, LifecycleRule> {
  return new Map(canonicalPolicy(policy).rules.map((rule) => [rule.rulePriority, rule]));
}

function diffRules(
  wanted: LifecycleRule | undefined,
  actual: LifecycleRule | undefined,
): readonly PolicyChange[] {
  if (!actual) return wanted ? [{ kind: "added", rule: wanted }] : [];
  if (!wanted) return [{ kind: "removed", rule: actual }];
  const fields = diffFields(flatten(wanted), flatten(actual));
  return fields.length === 0 ? [] : [{ kind: "changed", wanted, actual, fields }];
}

type Value = string | number | readonly string[];

function flatten({ description, selection, action }: LifecycleRule): ReadonlyMap<string, Value> {
  const entries: [string, Value | undefined][] = [
    ["description", description],
    ...Object.entries(selection).map(([name, value]): [string, Value] => [
      `selection.${name}`,
      value as Value,
    ]),
    ...Object.entries(action).map(([name, value]): [string, Value] => [`action.${name}`, value]),
  ];
  return new Map(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function diffFields(
  wanted: ReadonlyMap<string, Value>,
  actual: ReadonlyMap<string, Value>,
): readonly FieldChange[] {
  const names = [...new Set([...actual.keys(), ...wanted.keys()])];
  return names.flatMap((name) => {
    const [to, from] = [wanted.get(name), actual.get(name)];
    if (JSON.stringify(to) === JSON.stringify(from)) return [];
    return [
      {
        path: name.split("."),
        ...(to !== undefined && { wanted: to }),
        ...(from !== undefined && { actual: from }),
      },
    ];
  });
}
