import { describeRule } from "../lifecycle/describe.ts";
import type { FieldChange, PolicyChange } from "../lifecycle/diff.ts";
import type { PolicyPlan, PolicyTarget } from "../retention/policies.ts";
import { bold, dim, green, red, yellow } from "./style.ts";

const states: Readonly<Record<PolicyTarget["state"], string>> = {
  same: green("the policy in place means the same"),
  differs: yellow("another policy is in place"),
  none: yellow("there is no policy"),
  "no-repository": red("there is no such repository"),
};

/** What putting a policy in place would change, for people: `-` is in ECR now, `+` is wanted. */
export function policyPlanText({ repository, policy, targets }: PolicyPlan): string {
  const count = policy.rules.length === 1 ? "1 rule" : `${policy.rules.length} rules`;
  return [
    `${bold(`lifecycle policy of ${repository}`)}  ${dim(count)}`,
    ...targets.flatMap(({ id, state, changes }) => [
      `  ${bold(id)}  ${states[state]}`,
      ...(state === "no-repository" ? [] : changes.flatMap(changeLines)),
    ]),
  ].join("\n");
}

function changeLines(change: PolicyChange): string[] {
  if (change.kind === "changed") {
    const { wanted, actual, fields } = change;
    return [
      `    ~ rule ${wanted.rulePriority}`,
      `      ${red(`- ${describeRule(actual)}`)}`,
      `      ${green(`+ ${describeRule(wanted)}`)}`,
      ...fields.map((field) => dim(`        ${fieldText(field)}`)),
    ];
  }
  const { rule, kind } = change;
  const text = `rule ${rule.rulePriority}  ${describeRule(rule)}`;
  return [kind === "added" ? `    ${green(`+ ${text}`)}` : `    ${red(`- ${text}`)}`];
}

function fieldText({ path, wanted, actual }: FieldChange): string {
  const show = (value: FieldChange["wanted"]) =>
    value === undefined ? "absent" : JSON.stringify(value);
  return `${path.join(".")}: ${show(actual)} -> ${show(wanted)}`;
}
