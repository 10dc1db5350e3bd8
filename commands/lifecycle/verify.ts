import { Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { policyFlag, scopeFlags } from "../../src/cli/lifecycle/flags.ts";
import { countPlaces } from "../../src/cli/lifecycle/progress.ts";
import { choosePlaces } from "../../src/cli/lifecycle/scope.ts";
import { retentionVerificationText } from "../../src/cli/lifecycle/verify-text.ts";
import type { RetentionVerification } from "../../src/retention/verify.ts";
import { verifyRetention } from "../../src/retention/verify-all.ts";

const hour = 3_600_000;

export default class LifecycleVerifyCommand extends BaseCommand {
  static override summary = "compare the lifecycle policies in place with the wanted ones";
  static override description =
    "Compares by meaning: the order of rules and lists and stated defaults do not count. Also reports a missing policy, one that ECR has not evaluated lately, and what is almost surely wrong in the policy in place. Without a wanted policy, the one in place is taken as wanted. Changes nothing. Exit status 3 when something does not hold, 1 when something could not be read; warnings count with --strict.";
  static override examples = [
    "<%= config.bin %> lifecycle verify",
    "<%= config.bin %> lifecycle verify --policy lifecycle.json --repository app --region eu-west-1 --json",
    "<%= config.bin %> lifecycle verify --manifest policies.yaml --all --region eu-west-1",
  ];
  static override flags = {
    ...policyFlag,
    ...scopeFlags,
    "max-age": Flags.integer({
      description: "how many hours old the last evaluation may be",
      default: 48,
      min: 1,
      helpValue: "HOURS",
    }),
    "allow-never": Flags.boolean({
      description: "accept a policy that ECR has never evaluated, such as one put today",
    }),
    strict: Flags.boolean({ description: "refuse warnings too" }),
  };

  async run(): Promise<RetentionVerification> {
    const { flags } = await this.parse(LifecycleVerifyCommand);
    using screen = this.openScreen(flags.quiet);
    const { places, ecrOf } = await choosePlaces(flags, this.asking(screen));
    const verification = await verifyRetention(places, {
      ecrOf,
      maxAge: flags["max-age"] * hour,
      allowNever: flags["allow-never"],
      strict: flags.strict,
      report: countPlaces("reading", screen),
    });
    this.log(retentionVerificationText(verification));
    const { repositories, failures } = verification;
    if (failures.length > 0) process.exitCode = 1;
    if (!repositories.every(({ holds }) => holds)) this.refuse();
    return verification;
  }
}
