import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { readMoves } from "../src/cli/files/receipt-file.ts";
import { overridesOf, targetFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { rollbackPlanText, rollbackText } from "../src/cli/publishing/rollback-text.ts";
import { openWorld } from "../src/cli/world.ts";
import { SlipwayError } from "../src/errors.ts";
import { applyRollback } from "../src/rollback/apply.ts";
import { destinationOf } from "../src/rollback/facts.ts";
import { finishing } from "../src/rollback/half-way.ts";
import { observeRollback } from "../src/rollback/observe.ts";
import { isRolledBack, type RollbackPlan } from "../src/rollback/plan.ts";
import { planRollback } from "../src/rollback/plan-rollback.ts";
import type { RollbackReceipt } from "../src/rollback/receipt.ts";
import { commandLine } from "../src/wording.ts";

export default class RollbackCommand extends BaseCommand {
  static override summary = "take a floating tag back to what it pointed to before";
  static override description =
    "Learns where the tag was before from the receipt that its release attached to the image, or from --receipt; --to names another place. Moves the tag at every target, and no content. Afterwards only a release newer than every version there is moves it again. Run again, it does what is left, if anything is. Exit status 3, and nothing moved, if the way back is not certain.";
  static override examples = [
    "<%= config.bin %> rollback latest",
    "<%= config.bin %> rollback latest --dry-run",
    "<%= config.bin %> rollback 1.5 --to 1.5.2",
    "<%= config.bin %> rollback latest --image app --region eu-west-1 --receipt receipt.json",
  ];
  static override args = {
    tag: Args.string({ description: "the floating tag, such as latest", required: true }),
  };
  static override flags = {
    to: Flags.string({
      description:
        "version or (the beginning of a) digest to go to; by default what the receipts say",
      helpValue: "VERSION|DIGEST",
    }),
    receipt: Flags.string({
      description: "also use this receipt, which release --receipt wrote; repeatable",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "FILE",
    }),
    "dry-run": Flags.boolean({ description: "show the plan and change nothing" }),
    ...targetFlags,
  };

  async run(): Promise<RollbackReceipt | RollbackPlan> {
    const { args, flags } = await this.parse(RollbackCommand);
    const to = flags.to === undefined ? undefined : verifiedDestination(flags.to);
    const { request, projectDir } = await load(overridesOf(flags), flags.config, {
      needsBuild: false,
    });
    const files = flags.receipt ?? [];
    const receipts = await Promise.all(files.map((file) => readMoves(file, request.image)));
    const { env, signal } = this;
    using screen = this.openScreen(flags.quiet);
    const world = openWorld({
      projectDir,
      env,
      signal,
      report: showProgress(screen, signal),
    });
    const asked = { tag: args.tag, receipts, ...(to !== undefined && { to }) };
    const plan = planRollback(asked, request, await observeRollback(asked, request, world));
    const refused = plan.problems.length > 0;
    if (refused) this.refuse();
    if (refused || flags["dry-run"]) {
      this.log(rollbackPlanText(plan, this.width));
      return plan;
    }
    if (!isRolledBack(plan)) screen.write(`${rollbackPlanText(plan, screen.width)}\n`);
    const words = finishing(plan, [this.config.bin, "rollback", ...this.argv]);
    const receipt = await applyRollback(plan, world, commandLine(words));
    this.log(rollbackText(receipt, this.width));
    return receipt;
  }
}

function verifiedDestination(text: string) {
  const to = destinationOf(text);
  if (to !== undefined) return to;
  throw new SlipwayError("USAGE", `--to takes a version or a digest, and '${text}' is neither`, {
    suggestions: ["--to 1.4.0", "--to sha256:40ed4dc63af5"],
  });
}
