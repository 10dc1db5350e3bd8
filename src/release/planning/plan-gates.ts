import { type GateStage, type GateWish, stagesOf } from "../gate.ts";
import type { Step } from "../plan.ts";
import type { Request } from "../request.ts";

type GateStep = Extract<Step, { action: "gate" }>;

/** One step for each stage of each gate that was asked for; pure. */
export function gateSteps({ gates, build: spec }: Request): readonly GateStep[] {
  return gates.flatMap((wish) =>
    stagesOf(wish).map((stage) => ({
      action: "gate" as const,
      wish,
      stage,
      spec,
      because: reasonOf(wish, stage),
    })),
  );
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
