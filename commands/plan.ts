import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import {
  buildFlags,
  gateFlags,
  layoutFlags,
  overridesOf,
  partFlags,
  targetFlags,
  versionArgument,
  versionFlags,
} from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { verifyReplaceable } from "../src/cli/output-file.ts";
import { planText } from "../src/cli/plan-text.ts";
import { savedPlan, savePlan } from "../src/cli/saved-plan.ts";
import { openWorld } from "../src/cli/world.ts";
import { observe } from "../src/release/observe.ts";
import type { Plan } from "../src/release/plan.ts";
import { planRelease } from "../src/release/planning/plan-release.ts";

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

  async run(): Promise<Plan> {
    const { args, flags } = await this.parse(PlanCommand);
    const { request, projectDir } = await load(overridesOf(flags, args.version), flags.config);
    if (flags.out !== undefined) await verifyReplaceable("--out", flags.out, savedPlan);
    const { env } = this;
    const world = openWorld({
      projectDir,
      env,
      signal: this.signal,
      report: () => {},
      ownFiles: [flags.out, ...request.layouts],
    });
    const plan = planRelease(request, await observe(request, world));
    if (flags.out !== undefined) await savePlan(flags.out, plan);
    this.log(planText(plan, this.width));
    const refused = plan.problems.length > 0;
    if (flags.out !== undefined) {
      const next = refused
        ? "with its problems it cannot be applied"
        : `slipway release --plan ${flags.out}`;
      this.log(`\nsaved: ${next}`);
    }
    if (refused) this.refuse();
    return plan;
  }
}
