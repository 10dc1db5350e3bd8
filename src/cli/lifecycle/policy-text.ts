import { describeRule } from "../../lifecycle/describe.ts";
import type { FieldChange, PolicyChange } from "../../lifecycle/diff.ts";
import type { MovedRule } from "../../lifecycle/edit.ts";
import type { LintFinding } from "../../lifecycle/lint.ts";
import { dim, green, red, yellow } from "../terminal/style.ts";
import { type ColumnOptions, columns, paragraph } from "../terminal/units.ts";

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

/** A label in its colour, and beside it what it says, wrapped. */
export function labelled(
  label: string,
  colour: (text: string) => string,
  message: string,
  { indent = "  ", width }: Pick<ColumnOptions, "indent" | "width">,
): string[] {
  const [first = "", ...rest] = columns([[label, message]], { indent, width });
  return [first.replace(label, colour), ...rest];
}

/** A lint finding: what, why, and what to write instead. */
export function lintLines(finding: LintFinding, indent = "    ", width?: number): string[] {
  const { code, rule, message, explanation } = finding;
  const below = `${indent}  `;
  return [
    ...labelled(code, yellow, `rule ${rule}: ${message}`, { indent, width }),
    ...paragraph(explanation, width, dim, below),
    ...repairLines(finding, below),
  ];
}

/** Rules that stay as they are under another number; neighbours that move alike are one line. */
export function movedLines(moved: readonly MovedRule[], indent: string): string[] {
  const runs: MovedRule[][] = [];
  for (const move of moved) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last && move.from === last.from + 1 && move.to === last.to + 1) run?.push(move);
    else runs.push([move]);
  }
  return runs.map((run) => `${indent}${green(`renumber  ${runText(run)}`)}`);
}

function runText(run: readonly MovedRule[]): string {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last || run.length === 1) return `rule ${first?.from} to ${first?.to}`;
  return `rules ${first.from}-${last.from} to ${first.to}-${last.to}`;
}

function repairLines({ repaired, moved, sketch }: LintFinding, indent: string): string[] {
  if (repaired.length === 0)
    return [`${indent}${green("leave the rule out, or correct its list")}`];
  const write = sketch === undefined ? "write" : "sketch";
  return [
    ...repaired.map((rule) => `${indent}${green(`${write}  ${JSON.stringify(rule)}`)}`),
    ...movedLines(moved, indent),
    ...(sketch === undefined
      ? []
      : [`${indent}${yellow(`only a sketch: the policy with it is refused, ${sketch}`)}`]),
  ];
}
