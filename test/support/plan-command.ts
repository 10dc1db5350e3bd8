import PlanCommand from "../../commands/plan.ts";
import { type Plan, plansOf } from "../../src/release/plan.ts";
import { type CommandOptions, type CommandRun, runCommand } from "./command.ts";

/** Runs `slipway plan` where the project has one image. */
export async function runPlan(
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandRun<Plan>> {
  const ran = await runCommand(PlanCommand, argv, options);
  return { ...ran, value: ran.value && plansOf(ran.value)[0] };
}
