import { BaseCommand } from "../../src/cli/command.ts";
import { planOfPolicies, policyFlags } from "../../src/cli/policy.ts";
import { policyPlanText } from "../../src/cli/policy-text.ts";
import { applyPolicies, type PolicyPlan } from "../../src/retention/policies.ts";

export default class LifecycleApplyCommand extends BaseCommand {
  static override summary = "put a lifecycle policy in place at every target";
  static override description =
    "Checks the policy against ECR's grammar, shows what differs and puts it where it is not in place yet. A policy that means the same is not put again.";
  static override examples = [
    "<%= config.bin %> lifecycle apply",
    "<%= config.bin %> lifecycle apply --policy lifecycle.json --repository app --region eu-west-1",
  ];
  static override flags = policyFlags;

  async run(): Promise<PolicyPlan> {
    const { flags } = await this.parse(LifecycleApplyCommand);
    const { plan, ecrOf } = await planOfPolicies(flags, this.signal);
    this.log(policyPlanText(plan));
    await applyPolicies(plan, ecrOf);
    const put = plan.targets.filter(({ state }) => state !== "same").length;
    this.log(
      put === 0 ? "Nothing to do." : `Put in place at ${put} of ${plan.targets.length} targets.`,
    );
    return plan;
  }
}
