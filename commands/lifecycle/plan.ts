import { Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { verifyReplaceable } from "../../src/cli/files/output-file.ts";
import { savedRetention, saveRetention } from "../../src/cli/files/saved-retention.ts";
import { guardFlags, policyFlag, removeFlag, scopeFlags } from "../../src/cli/lifecycle/flags.ts";
import { guardSettings } from "../../src/cli/lifecycle/guard-settings.ts";
import { retentionPlanText } from "../../src/cli/lifecycle/plan-text.ts";
import { countPlaces } from "../../src/cli/lifecycle/progress.ts";
import { withRunning } from "../../src/cli/lifecycle/running.ts";
import { chooseWanted } from "../../src/cli/lifecycle/scope.ts";
import { isAppliable, isWhole, type RetentionPlan } from "../../src/retention/plan.ts";
import { planRetention } from "../../src/retention/plan-all.ts";

export default class LifecyclePlanCommand extends BaseCommand {
  static override summary = "show which images a lifecycle policy would take, and why";
  static override description =
    "Reads the policy in place and all images of each repository and evaluates both policies by ECR's own rules: what differs, which images change their fate, when and by which rule, and whether a guard refuses it. Changes nothing. Exit status 3 when a guard refuses.";
  static override examples = [
    "<%= config.bin %> lifecycle plan",
    "<%= config.bin %> lifecycle plan --policy lifecycle.json --repository app --region eu-west-1",
    "kubectl get pods -A -o json | <%= config.bin %> lifecycle plan --in-use -",
    "<%= config.bin %> lifecycle plan --manifest policies.yaml --all --region eu-west-1 --out plan.json",
  ];
  // What oclif makes of flags that rule each other out is full of empty alternatives.
  static override usage =
    "<%= command.id %> [--policy FILE | --manifest FILE | --remove] [--repository NAME... | --prefix TEXT | --all] [FLAGS]";
  static override flags = {
    ...policyFlag,
    ...scopeFlags,
    ...removeFlag,
    ...guardFlags,
    preview: Flags.boolean({
      description: "also ask ECR's own preview, and report every disagreement",
    }),
    out: Flags.string({
      char: "o",
      description: "save the plan here, for lifecycle apply --plan",
      helpValue: "FILE",
    }),
  };

  async run(): Promise<RetentionPlan> {
    const { flags } = await this.parse(LifecyclePlanCommand);
    if (flags.out !== undefined) await verifyReplaceable("--out", flags.out, savedRetention);
    const settings = await guardSettings(flags);
    using screen = this.openScreen(flags.quiet);
    const asking = this.asking(screen);
    const { places, ecrOf } = await chooseWanted(flags, asking);
    const guards = await withRunning(settings, {
      targets: places.map(({ request }) => request),
      ecrOf,
      asking,
      say: (line) => this.log(line),
    });
    const { preview } = flags;
    const report = countPlaces("reading", screen);
    const plan = await planRetention(places, { ecrOf, guards, now: new Date(), preview, report });
    if (flags.out !== undefined) await saveRetention(flags.out, plan);
    this.log(retentionPlanText(plan, this.width));
    if (flags.out !== undefined) this.log(`saved: slipway lifecycle apply --plan ${flags.out}`);
    if (!isWhole(plan)) process.exitCode = 1;
    if (!isAppliable(plan)) this.refuse();
    return plan;
  }
}
