import type { Ecr, RepositoryId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import type { GateResult } from "../gate.ts";
import type { Action, Plan, PlanTarget, Step } from "../plan.ts";
import type { StepOutcome } from "../receipt.ts";
import type { World } from "../world.ts";
import type { Attached } from "./attach-receipt.ts";
import { together } from "./together.ts";

/** Steps on their way: the targets learn their addresses as repositories are made. */
export interface Carrying {
  readonly plan: Pick<Plan, "image" | "tags" | "versionTemplates" | "steps"> & {
    /** The image that the tags go to, where the target need not have a tag for each of its versions. */
    readonly root?: { readonly digest: Digest; readonly versions: readonly string[] };
  };
  readonly world: Pick<World, "ecr" | "report" | "signal" | "agents">;
  readonly targets: Map<string, PlanTarget>;
  readonly outcomes: StepOutcome[];
}

/** A release's plan on its way. */
export interface Applying extends Carrying {
  /** Its name, where there are several. */
  readonly image?: string;
  readonly plan: Plan;
  readonly world: World;
  readonly gated: GateResult[];
  /** What became of the receipt at each target that has a new tag. */
  readonly attached: Map<string, Attached>;
}

export type StepOf<A extends Action> = Extract<Step, { action: A }>;

/** The steps of one kind, in the plan's order. */
export function stepsOf<A extends Action>({ plan }: Carrying, action: A): StepOf<A>[] {
  return plan.steps.filter((step): step is StepOf<A> => step.action === action);
}

/** ECR at a target, and the plan's repository there. */
export function ecrAt(
  applying: Carrying,
  target: string,
): { ecr: Ecr; id: Required<RepositoryId> } {
  const { request, account } = targetOf(applying, target);
  const id = { name: applying.plan.image, registryId: account };
  return { ecr: applying.world.ecr(request), id };
}

/** Does all steps of one kind side by side, timing and reporting each. All of them end before the first error is thrown. */
export async function each<A extends Action>(
  applying: Carrying,
  action: A,
  work: (step: StepOf<A>) => Promise<StepOutcome["state"]>,
): Promise<void> {
  await together(stepsOf(applying, action), (step) => perform(applying, step, () => work(step)));
}

/**
 * Carries a step out, reports its begin and end, and keeps its outcome. What `work` throws is passed on and kept
 * nowhere.
 */
export async function perform(
  { world, outcomes }: { world: Pick<World, "report">; outcomes: StepOutcome[] },
  step: Step,
  work: () => Promise<
    StepOutcome["state"] | Pick<StepOutcome, "state" | "copied" | "from" | "because">
  >,
): Promise<void> {
  const began = performance.now();
  if (step.action !== "keep") world.report({ type: "step-started", step });
  const ended = await work();
  const result = typeof ended === "string" ? { state: ended } : ended;
  const outcome = { step, ...result, ms: Math.round(performance.now() - began) };
  outcomes.push(outcome);
  world.report({ type: "step-done", outcome });
}

/** The target of a step. Throws PLAN_INVALID where a plan from a file has none of this id. */
export function targetOf({ targets }: Carrying, id: string): PlanTarget {
  const target = targets.get(id);
  if (target) return target;
  throw new SlipwayError(
    "PLAN_INVALID",
    `the plan has a step for ${id}, which is none of its targets`,
  );
}
