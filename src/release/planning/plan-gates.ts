import { type GateStage, type GateWish, type PreviousRelease, stagesOf } from "../gate.ts";
import type { Step } from "../plan.ts";
import type { Request } from "../request.ts";

type GateStep = Extract<Step, { action: "gate" }>;

/** One step for each stage of each gate that was asked for; pure. `before` is the release that it may be compared with. */
export function gateSteps(
  { gates, build: spec }: Request,
  before?: PreviousRelease,
): readonly GateStep[] {
  return gates.flatMap((wish) =>
    stagesOf(wish).map((stage) => ({
      action: "gate" as const,
      wish,
      stage,
      spec,
      ...(before && asksForBefore(wish) && { before }),
      because: reasonOf(wish, stage),
    })),
  );
}

function asksForBefore(wish: GateWish): boolean {
  return wish.gate === "size" && wish.settings.growth !== undefined;
}

function reasonOf({ mode, skipped }: GateWish, stage: GateStage): string {
  if (skipped) return "passed over by --skip-gate";
  if (mode === "warn") return "what it finds is told";
  return stage === "published" ? "an error refuses every tag" : "an error refuses the release";
}

/** Whether the gate can refuse, and so must have passed before a byte leaves. */
export function canRefuse({ wish: { mode, skipped } }: GateStep): boolean {
  return mode === "on" && !skipped;
}
