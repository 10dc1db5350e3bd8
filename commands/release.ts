import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { verifyReplaceable, writeReceipt } from "../src/cli/files/output-file.ts";
import { readPlan } from "../src/cli/files/saved-plan.ts";
import {
  buildFlags,
  gateFlags,
  imagesFlag,
  layoutFlags,
  overridesOf,
  partFlags,
  targetFlags,
  versionArgument,
  versionFlags,
} from "../src/cli/flags.ts";
import { reportToGitHub, verifyReportable } from "../src/cli/github.ts";
import { loadAll } from "../src/cli/load.ts";
import { plansText } from "../src/cli/publishing/plan-text.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { receiptsText } from "../src/cli/publishing/receipt-text.ts";
import { openWorld } from "../src/cli/world.ts";
import { SlipwayError } from "../src/errors.ts";
import { accountProblems } from "../src/release/accounts.ts";
import { applyAll } from "../src/release/applying/apply.ts";
import { placeGiven } from "../src/release/given-layouts.ts";
import { type Plan, type Plans, plansOf } from "../src/release/plan.ts";
import { planDocument } from "../src/release/plan-all.ts";
import type { Receipt, Receipts } from "../src/release/receipt.ts";
import type { World } from "../src/release/world.ts";

/** A saved plan has decided what these flags are about, so they would change nothing. */
const decidedInPlan = Object.keys({
  ...targetFlags,
  ...imagesFlag,
  ...versionFlags,
  ...partFlags,
  ...gateFlags,
  ...buildFlags,
}).filter((name) => name !== "expect-account");

const receiptFile = {
  name: "a receipt",
  keys: ["format", "digest", "targets", "startedAt"],
  keysOfSeveral: ["format", "receipts"],
};

export default class ReleaseCommand extends BaseCommand {
  static override summary = "build, publish and tag an image at every target";
  static override description =
    "Plans, shows the plan and carries it out: one build, copied by digest to every target, verified there, and only then tagged. Run again, it finishes what is missing, if anything is. If the plan has problems, nothing is touched: the plan is printed instead of a receipt, and the exit status is 3.";
  static override examples = [
    "<%= config.bin %> release 1.4.0",
    "<%= config.bin %> release minor --push-git-tag",
    "<%= config.bin %> release 1.4.0 --image app --region eu-west-1 --region us-east-1",
    "<%= config.bin %> release minor --changed",
    "<%= config.bin %> release 1.4.0 --layout layout-amd64 --layout layout-arm64",
    "<%= config.bin %> release 1.4.0 --only-target 123456789012/eu-west-1",
    "<%= config.bin %> release --plan plan.json --receipt receipt.json",
  ];
  static override usage = [
    "<%= command.id %> [VERSION] [FLAGS]",
    "<%= command.id %> --plan FILE [--receipt FILE] [--layout DIR...] [--expect-account ID...]",
  ];
  static override args = versionArgument;
  static override flags = {
    ...targetFlags,
    ...imagesFlag,
    ...versionFlags,
    plan: Flags.string({
      description: "apply this saved plan",
      helpValue: "FILE",
      exclusive: decidedInPlan,
    }),
    receipt: Flags.string({ description: "write the receipt here", helpValue: "FILE" }),
    ...partFlags,
    ...layoutFlags,
    ...gateFlags,
    ...buildFlags,
  };

  async run(): Promise<Receipt | Receipts | Plan | Plans> {
    const { args, flags } = await this.parse(ReleaseCommand);
    verifyNoVersion(flags.plan, args.version);
    if (flags.receipt !== undefined)
      await verifyReplaceable("--receipt", flags.receipt, receiptFile);
    const { env } = this;
    await verifyReportable(env);
    using screen = this.openScreen(flags.quiet);
    const open = (projectDir: string) =>
      openWorld({
        projectDir,
        env,
        signal: this.signal,
        report: showProgress(screen, this.signal),
        ownFiles: [flags.plan, flags.receipt, ...(flags.layout ?? [])],
      });
    const { document, world } =
      flags.plan === undefined
        ? await this.#plan(flags, args.version, open)
        : await this.#savedPlan(flags.plan, flags, open(process.cwd()));
    const plans = plansOf(document);
    if (plans.some(({ problems }) => problems.length > 0)) {
      this.refuse();
      this.log(plansText(document, this.width));
      return document;
    }
    screen.write(`${plansText(document, screen.width)}\n`);
    const receipts = await applyAll(plans, world);
    const receipt = recordOf(document, receipts);
    this.log(receiptsText(receipt, this.width));
    try {
      await reportToGitHub(receipt, env);
    } finally {
      // Also where the job's files found no room: nothing else keeps what the tags pointed to before.
      if (flags.receipt !== undefined) await writeReceipt(flags.receipt, receipt);
    }
    return receipt;
  }

  /** The credentials at hand may be others than those that planned. */
  async #savedPlan(
    file: string,
    { layout = [], "expect-account": expected = [] }: SavedPlanFlags,
    world: World,
  ) {
    const saved = await readPlan(file);
    const plans = plansOf(saved).map(async (plan) => {
      const content = await placed(plan.content, layout);
      const wrong = await accountProblems(plan.targets, expected, world);
      return { ...plan, content, problems: [...plan.problems, ...wrong] };
    });
    const [only] = await Promise.all(plans);
    const document =
      "plans" in saved ? { ...saved, plans: await Promise.all(plans) } : (only ?? saved);
    return { document, world };
  }

  async #plan(
    flags: Parameters<typeof overridesOf>[0] & {
      config?: string | undefined;
      changed: boolean;
    },
    version: string | undefined,
    open: (projectDir: string) => World,
  ): Promise<{ document: Plan | Plans; world: World }> {
    const loaded = await loadAll(overridesOf(flags, version), flags.config, {
      signal: this.signal,
    });
    const world = open(loaded.projectDir);
    return { document: await planDocument(loaded, world, flags.changed), world };
  }
}

/** The record has the form of the plan: that of the one image, or those of all. */
function recordOf(document: Plan | Plans, receipts: readonly Receipt[]): Receipt | Receipts {
  const [only] = receipts;
  if (only && !("plans" in document)) return only;
  return { format: 1, receipts, unchanged: "plans" in document ? document.unchanged : [] };
}

interface SavedPlanFlags {
  readonly layout?: readonly string[] | undefined;
  readonly "expect-account"?: readonly string[] | undefined;
}

/** Layouts of a plan may lie elsewhere here; what counts is their digests. */
async function placed(content: Plan["content"], layouts: readonly string[]) {
  if (layouts.length === 0) return content;
  if (content.from === "layouts") return await placeGiven(content, layouts);
  throw new SlipwayError("USAGE", "--layout beside a --plan that was made without layouts", {
    suggestions: ["plan again: slipway plan VERSION --layout DIR --out FILE"],
  });
}

function verifyNoVersion(plan: string | undefined, version: string | undefined): void {
  if (plan === undefined || version === undefined) return;
  throw new SlipwayError("USAGE", `'${version}' beside --plan: the plan has its own version`, {
    suggestions: [`slipway release --plan ${plan}`, `slipway release ${version}`],
  });
}
