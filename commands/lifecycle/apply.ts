import { Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { expectedEcrs } from "../../src/cli/expected.ts";
import { readRetention } from "../../src/cli/files/saved-retention.ts";
import { guardFlags, policyFlag, removeFlag, scopeFlags } from "../../src/cli/lifecycle/flags.ts";
import { explicitGuards, guardSettings } from "../../src/cli/lifecycle/guard-settings.ts";
import {
  failureLines,
  outcomeText,
  retentionPlanText,
  savedInUseLines,
} from "../../src/cli/lifecycle/plan-text.ts";
import { countPlaces } from "../../src/cli/lifecycle/progress.ts";
import { type RunningOptions, withRunning } from "../../src/cli/lifecycle/running.ts";
import { chooseWanted } from "../../src/cli/lifecycle/scope.ts";
import type { OpenScreen } from "../../src/cli/terminal/plain-screen.ts";
import type { Asking } from "../../src/cli/world.ts";
import { type Applied, applyRetention, replan } from "../../src/retention/apply.ts";
import { type GuardSettings, mergeGuards } from "../../src/retention/guards.ts";
import { isAppliable, type RetentionPlan } from "../../src/retention/plan.ts";
import { planRetention } from "../../src/retention/plan-all.ts";

export default class LifecycleApplyCommand extends BaseCommand {
  static override summary = "put lifecycle policies in place, unless they take what is needed";
  static override description =
    "Plans as lifecycle plan does, puts the policy where it is not in place yet, and reads it back. Refuses, with exit status 3 and nothing written, when an image would go that is in use, that a floating tag or one of the newest releases names, or when too large a share would go. A policy that means the same is not put again.";
  static override examples = [
    "<%= config.bin %> lifecycle apply",
    "<%= config.bin %> lifecycle apply --policy lifecycle.json --repository app --region eu-west-1",
    "kubectl get pods -A -o json | <%= config.bin %> lifecycle apply --in-use - --max-share 80",
    "<%= config.bin %> lifecycle apply --plan plan.json",
  ];
  // What oclif makes of flags that rule each other out is full of empty alternatives.
  static override usage = [
    "<%= command.id %> [--policy FILE | --manifest FILE | --remove] [--repository NAME... | --prefix TEXT | --all] [FLAGS]",
    "<%= command.id %> --plan FILE [--expect-account ID...] [GUARD FLAGS]",
  ];
  static override flags = {
    ...policyFlag,
    ...scopeFlags,
    ...removeFlag,
    ...guardFlags,
    plan: Flags.string({
      description: "apply this saved plan, under its guards and those given now",
      helpValue: "FILE",
      exclusive: ["policy", "repository", "prefix", "all", "manifest", "remove"],
    }),
  };

  async run(): Promise<Applied> {
    const { flags, metadata } = await this.parse(LifecycleApplyCommand);
    const guards = await guardSettings(flags);
    const isDefault = (name: string) => metadata.flags[name]?.setFromDefault === true;
    using screen = this.openScreen(flags.quiet);
    const asking = this.asking(screen);
    const saved = flags.plan === undefined ? undefined : await readRetention(flags.plan);
    const targets = saved ? saved.repositories.map(targetOf) : [];
    const expectAccounts = flags["expect-account"];
    const ecrOf = await expectedEcrs({ targets, expectAccounts }, asking);
    const plan = saved
      ? await replan(saved, {
          ecrOf,
          now: new Date(),
          guards: await this.#withRunning(
            mergeGuards(saved.guards, explicitGuards(guards, isDefault)),
            { targets, ecrOf, asking },
          ),
          report: countPlaces("reading", screen),
        })
      : await this.#plan(flags, guards, { screen, asking });
    if (saved && flags["in-use"] === undefined) {
      for (const line of savedInUseLines(saved)) this.log(line);
    }
    this.log(retentionPlanText(plan, this.width));
    if (!isAppliable(plan)) {
      this.refuse();
      return { plan, outcomes: [], failures: plan.failures };
    }
    const applied = await applyRetention(plan, ecrOf, countPlaces("writing", screen));
    this.log(outcomeText(applied));
    for (const line of failureLines(applied.failures.slice(plan.failures.length))) this.log(line);
    if (applied.failures.length > 0) process.exitCode = 1;
    return applied;
  }

  async #plan(
    flags: Parameters<typeof chooseWanted>[0],
    settings: GuardSettings,
    { screen, asking }: { readonly screen: OpenScreen; readonly asking: Asking },
  ): Promise<RetentionPlan> {
    const { places, ecrOf } = await chooseWanted(flags, asking);
    const targets = places.map(({ request }) => request);
    const guards = await this.#withRunning(settings, { targets, ecrOf, asking });
    const report = countPlaces("reading", screen);
    return await planRetention(places, { ecrOf, guards, now: new Date(), preview: false, report });
  }

  async #withRunning(
    guards: GuardSettings,
    around: Omit<RunningOptions, "say">,
  ): Promise<GuardSettings> {
    return await withRunning(guards, { ...around, say: (line) => this.log(line) });
  }
}

/** The registry that was planned for, whoever applies it. */
function targetOf({ request, account }: RetentionPlan["repositories"][number]) {
  return { ...request, account };
}
