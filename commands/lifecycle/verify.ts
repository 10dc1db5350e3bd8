import { BaseCommand } from "../../src/cli/command.ts";
import { planOfPolicies, policyFlags } from "../../src/cli/policy.ts";
import { policyPlanText } from "../../src/cli/policy-text.ts";
import type { PolicyPlan } from "../../src/retention/policies.ts";

export default class LifecycleVerifyCommand extends BaseCommand {
  static override summary = "compare the lifecycle policy in place with the wanted one";
  static override description =
    "Compares by meaning: the order of rules and lists and stated defaults do not count. Changes nothing. Exit status 3 when a target differs.";
  static override examples = [
    "<%= config.bin %> lifecycle verify",
    "<%= config.bin %> lifecycle verify --policy lifecycle.json --repository app --region eu-west-1 --json",
  ];
  static override flags = policyFlags;

  async run(): Promise<PolicyPlan> {
    const { flags } = await this.parse(LifecycleVerifyCommand);
    const { plan } = await planOfPolicies(flags, this.signal);
    this.log(policyPlanText(plan));
    if (plan.targets.some(({ state }) => state !== "same")) this.refuse();
    return plan;
  }
}
