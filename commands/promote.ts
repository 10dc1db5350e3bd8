import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { verifyReplaceable, writeReceipt } from "../src/cli/files/output-file.ts";
import { readReceipt } from "../src/cli/files/receipt-file.ts";
import { overridesOf, targetFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import {
  promotionRequest,
  repositoryOf,
  verifyNamesImages,
} from "../src/cli/publishing/promote-request.ts";
import { promotionPlanText, promotionText } from "../src/cli/publishing/promote-text.ts";
import { openWorld } from "../src/cli/world.ts";
import { applyPromotion } from "../src/promotion/apply.ts";
import { observePromotion } from "../src/promotion/observe.ts";
import type { PromotionPlan } from "../src/promotion/plan.ts";
import { planPromotion } from "../src/promotion/plan-promotion.ts";
import type { PromotionReceipt } from "../src/promotion/receipt.ts";

const receiptFile = { name: "a receipt", keys: ["format", "images", "targets", "startedAt"] };

export default class PromoteCommand extends BaseCommand {
  static override summary = "bring a released image to another repository, region or account";
  static override description =
    "Copies the same digest with all that belongs to it: platforms, attestations, signatures and SBOMs, and what belongs to those. Nothing is rebuilt. Content goes everywhere first and is verified, then come the tags: fixed ones where they are free, floating ones forward only. Within one repository only tags are written. Run again, it finishes what is missing. If the plan has problems, nothing is touched, and the exit status is 3.";
  static override examples = [
    "<%= config.bin %> promote 1.4.0 --to 210987654321/eu-west-1",
    "<%= config.bin %> promote team/app:1.4.0 --to eu-west-1/production/app --dry-run",
    "<%= config.bin %> promote 1.4.0 --to eu-west-1 --tag production",
    "<%= config.bin %> promote 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.4.0 --to eu-west-1",
    "<%= config.bin %> promote --from-receipt receipt.json --to eu-west-1 --to us-west-2",
  ];
  static override strict = false;
  static override args = {
    ref: Args.string({
      description:
        "images: a version, a tag or (the beginning of) a digest at the first target, REPOSITORY:TAG, or a whole reference",
    }),
  };
  static override flags = {
    to: Flags.string({
      description: "where to; repeatable",
      helpValue: "[ACCOUNT/]REGION[/REPOSITORY]",
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    tag: Flags.string({
      description: "tag to write, instead of those the image has as a release; repeatable",
      helpValue: "TAG",
      multiple: true,
      multipleNonGreedy: true,
    }),
    from: Flags.string({
      description:
        "where the image is, when REF does not say; by default the first target of slipway.yaml",
      helpValue: "[ACCOUNT/]REGION[/REPOSITORY]",
    }),
    "from-receipt": Flags.string({
      description: "take the images of this receipt of a release or promotion; repeatable",
      helpValue: "FILE",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "dry-run": Flags.boolean({ description: "show the plan and change nothing" }),
    "create-repository": Flags.boolean({
      description: "create the repository where it does not exist, as repository.create does",
    }),
    receipt: Flags.string({ description: "write the receipt here", helpValue: "FILE" }),
    config: targetFlags.config,
    "expect-account": targetFlags["expect-account"],
    profile: targetFlags.profile,
    "from-profile": Flags.string({
      description: "profile of the AWS configuration for the registry the images are in",
      helpValue: "NAME",
    }),
  };

  async run(): Promise<PromotionReceipt | PromotionPlan> {
    const { argv, flags } = await this.parse(PromoteCommand);
    if (flags.receipt !== undefined)
      await verifyReplaceable("--receipt", flags.receipt, receiptFile);
    const call = {
      refs: argv.map(String),
      receipts: (await Promise.all((flags["from-receipt"] ?? []).map(readReceipt))).flat(),
      ...{ to: flags.to, from: flags.from, tags: flags.tag },
      ...{ profile: flags.profile, fromProfile: flags["from-profile"] },
    };
    const { env, signal } = this;
    verifyNamesImages(call);
    const overrides = { ...overridesOf(flags), image: repositoryOf(call) };
    const { request, projectDir } = await load(overrides, flags.config, {
      needsTargets: false,
      needsBuild: false,
      imageArgument: "REPOSITORY:TAG",
    });
    using screen = this.openScreen(flags.quiet);
    const report = showProgress(screen, signal);
    const world = openWorld({ projectDir, env, signal, report });
    const wanted = promotionRequest(call, request);
    const observed = await observePromotion(wanted, world);
    const plan = planPromotion(wanted, observed);
    if (plan.problems.length > 0) this.refuse();
    if (plan.problems.length > 0 || flags["dry-run"]) {
      this.log(promotionPlanText(plan, this.width));
      return plan;
    }
    screen.write(`${promotionPlanText(plan, screen.width)}\n`);
    const receipt = await applyPromotion(plan, observed, world);
    this.log(promotionText(receipt, this.width));
    if (flags.receipt !== undefined) await writeReceipt(flags.receipt, receipt);
    return receipt;
  }
}
