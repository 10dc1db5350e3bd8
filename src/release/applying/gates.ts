import { type GateResult, type GateSubject, stateOf } from "../gate.ts";
import { GateRefusal } from "../gate-refusal.ts";
import { canRefuse, looksAtSource } from "../planning/plan-gates.ts";
import type { StepOutcome } from "../receipt.ts";
import type { World } from "../world.ts";
import type { PlannedImage } from "./image-source.ts";
import { perform, type StepOf } from "./steps.ts";

export type GateStep = StepOf<"gate">;

/** What the gates do their work with. */
export interface Gating {
  readonly world: Pick<World, "report" | "judge" | "signal">;
  readonly outcomes: StepOutcome[];
  /** Results so far, in the order of the steps. */
  readonly gated: GateResult[];
}

/** Lets the gates that look at the source look, before anything is built. Throws GateRefusal. */
export async function passSource(gating: Gating, steps: readonly GateStep[]): Promise<void> {
  await passAll(gating, steps.filter(looksAtSource));
}

/** Lets the others look at the built image. Throws GateRefusal. */
export async function passLayout(
  gating: Gating,
  steps: readonly GateStep[],
  { tree, source }: Pick<PlannedImage, "tree" | "source">,
): Promise<void> {
  const looking = steps.filter((step) => !looksAtSource(step));
  if (looking.length > 0) await passAll(gating, looking, { tree, source: await source() });
}

/** Whether a gate that looks at the image can refuse it: then nothing leaves before it is whole. */
export function mustPassFirst(steps: readonly GateStep[]): boolean {
  return steps.some((step) => !looksAtSource(step) && canRefuse(step));
}

/** Side by side; all of them end, and then an error that one which is on has found refuses. */
async function passAll(
  gating: Gating,
  steps: readonly GateStep[],
  image?: GateSubject["image"],
): Promise<void> {
  const results = await Promise.all(
    steps.map((step) => pass(gating, step, { spec: step.spec, ...(image && { image }) })),
  );
  gating.gated.push(...results);
  if (results.some(({ state }) => state === "failed")) throw new GateRefusal(gating.gated);
}

async function pass(gating: Gating, step: GateStep, subject: GateSubject): Promise<GateResult> {
  const { gate, mode, skipped } = step.wish;
  const began = performance.now();
  let result: GateResult = { gate, mode, state: "skipped", findings: [], summary: "", ms: 0 };
  await perform(gating, step, async () => {
    if (skipped) return "kept";
    const judged = await gating.world.judge(step.wish, subject);
    const ms = Math.round(performance.now() - began);
    result = { gate, mode, state: stateOf(mode, judged.findings), ...judged, ms };
    return "done";
  });
  return result;
}
