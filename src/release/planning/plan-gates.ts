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
    stagesOf(wish, spec).map((stage) => ({
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
  if (wish.gate === "size") return wish.settings.growth !== undefined;
  return wish.gate === "scan" && wish.settings.fail.isNew;
}

/**
 * Whether it looks also at what a registry holds already: most gates saw that before it was published. At what is at the
 * targets, and at what must be stated about an image, whoever made it.
 */
export function asksWhatIsThere({ stage, wish }: GateStep): boolean {
  if (stage === "published") return true;
  return stage === "layout" && wish.gate === "signature" && wish.settings.require.length > 0;
}

function reasonOf({ mode, skipped }: GateWish, stage: GateStage): string {
  if (skipped) return "skipped by --skip-gate";
  if (mode === "warn") return "what it finds is told";
  return stage === "published" ? "an error refuses every tag" : "an error refuses the release";
}

/** Whether the gate can refuse, and so must have passed before a byte leaves. */
export function canRefuse({ wish: { mode, skipped } }: GateStep): boolean {
  return mode === "on" && !skipped;
}
