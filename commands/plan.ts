import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { verifyReplaceable } from "../src/cli/files/output-file.ts";
import { applyingCommand, savedPlan, savePlan } from "../src/cli/files/saved-plan.ts";
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
import { loadAll } from "../src/cli/load.ts";
import { plansText } from "../src/cli/publishing/plan-text.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { openWorld } from "../src/cli/world.ts";
import { type Plan, type Plans, plansOf } from "../src/release/plan.ts";
import { planDocument } from "../src/release/plan-all.ts";

export default class PlanCommand extends BaseCommand {
  static override summary = "show what a release would do, and why";
  static override description =
    "Looks at git, docker and every target and prints the steps of a release, each with its reason. Changes nothing. Exit status 3 when the plan has problems.";
  static override examples = [
    "<%= config.bin %> plan 1.4.0",
    "<%= config.bin %> plan minor --out plan.json",
    "<%= config.bin %> plan 1.4.0 --layout layout-amd64 --layout layout-arm64",
    "<%= config.bin %> plan 1.4.0 --image app --region eu-west-1 --json",
  ];
  static override args = versionArgument;
  static override flags = {
    ...targetFlags,
    ...imagesFlag,
    ...versionFlags,
    out: Flags.string({
      char: "o",
      description: "save the plan here, for release --plan",
      helpValue: "FILE",
    }),
    ...partFlags,
    ...layoutFlags,
    ...gateFlags,
    ...buildFlags,
  };

  async run(): Promise<Plan | Plans> {
    const { args, flags } = await this.parse(PlanCommand);
    const overrides = overridesOf(flags, args.version);
    const loaded = await loadAll(overrides, flags.config, { signal: this.signal });
    if (flags.out !== undefined) await verifyReplaceable("--out", flags.out, savedPlan);
    const { env } = this;
    using screen = this.openScreen(flags.quiet);
    const world = openWorld({
      projectDir: loaded.projectDir,
      env,
      signal: this.signal,
      report: showProgress(screen, this.signal),
      ownFiles: [flags.out, ...(flags.layout ?? [])],
    });
    const plan = await planDocument(loaded, world, flags.changed);
    if (flags.out !== undefined) await savePlan(flags.out, plan);
    this.log(plansText(plan, this.width));
    const refused = plansOf(plan).some(({ problems }) => problems.length > 0);
    if (flags.out !== undefined) {
      const next = refused
        ? "with its problems it cannot be applied"
        : applyingCommand(flags.out, loaded.projectDir);
      this.log(`\nsaved: ${next}`);
    }
    if (refused) this.refuse();
    return plan;
  }
}
