import { describeRule } from "../lifecycle/describe.ts";
import type { FieldChange, PolicyChange } from "../lifecycle/diff.ts";
import type { LintFinding } from "../lifecycle/lint.ts";
import type { LifecycleRule } from "../lifecycle/policy.ts";
import { dim, green, red, yellow } from "./style.ts";

/** One rule that differs: `-` is in ECR now, `+` is wanted. */
export function changeLines(change: PolicyChange, indent = "    "): string[] {
  if (change.kind === "changed") {
    const { wanted, actual, fields } = change;
    return [
      `${indent}~ rule ${wanted.rulePriority}`,
      `${indent}  ${red(`- ${describeRule(actual)}`)}`,
      `${indent}  ${green(`+ ${describeRule(wanted)}`)}`,
      ...fields.map((field) => dim(`${indent}    ${fieldText(field)}`)),
    ];
  }
  const { rule, kind } = change;
  const text = `rule ${rule.rulePriority}  ${describeRule(rule)}`;
  return [kind === "added" ? `${indent}${green(`+ ${text}`)}` : `${indent}${red(`- ${text}`)}`];
}

function fieldText({ path, wanted, actual }: FieldChange): string {
  const show = (value: FieldChange["wanted"]) =>
    value === undefined ? "absent" : JSON.stringify(value);
  return `${path.join(".")}: ${show(actual)} -> ${show(wanted)}`;
}

/** A lint finding: what, why, and what to write instead. */
export function lintLines(
  { code, rule, message, explanation, repaired }: LintFinding,
  indent = "    ",
): string[] {
  return [
    `${indent}${yellow(code)}  rule ${rule}: ${message}`,
    `${indent}  ${dim(explanation)}`,
    ...repairLines(repaired, `${indent}  `),
  ];
}

function repairLines(rules: readonly LifecycleRule[], indent: string): string[] {
  if (rules.length === 0) return [`${indent}${green("leave the rule out, or correct its list")}`];
  return rules.map((rule) => `${indent}${green(`write  ${JSON.stringify(rule)}`)}`);
}
