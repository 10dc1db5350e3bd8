import { type GateWish, gateStages } from "../gate.ts";
import type { Step } from "../plan.ts";
import type { Request } from "../request.ts";

type GateStep = Extract<Step, { action: "gate" }>;

/** One step for each gate that was asked for; pure. What a registry holds passed its gates when it was released. */
export function gateSteps({ gates, build: spec }: Request): readonly GateStep[] {
  return gates.map((wish) => ({ action: "gate", wish, spec, because: reasonOf(wish) }));
}

function reasonOf({ mode, skipped }: GateWish): string {
  if (skipped) return "passed over by --skip-gate";
  return mode === "on" ? "an error refuses the release" : "what it finds is told";
}

/** Whether the gate can refuse, and so must have passed before a byte leaves. */
export function canRefuse({ wish: { mode, skipped } }: GateStep): boolean {
  return mode === "on" && !skipped;
}

export function looksAtSource({ wish }: GateStep): boolean {
  return (gateStages[wish.gate] as string) === "source";
}
