import type { BuildEvent } from "../docker/progress.ts";
import type { Step } from "./plan.ts";
import type { StepOutcome } from "./receipt.ts";

/** What happens while a plan is carried out. The core never prints; it reports. */
export type ReleaseEvent = {
  /** Which of several images it is about. */
  readonly image?: string;
} & (
  | { readonly type: "step-started"; readonly step: Step }
  | { readonly type: "step-done"; readonly outcome: StepOutcome }
  | { readonly type: "build"; readonly event: BuildEvent }
  /** Bytes that have left for one target so far, of all that it may need. */
  | {
      readonly type: "copy-progress";
      readonly target: string;
      readonly bytes: number;
      readonly total: number;
    }
  /** Something that is worth knowing and holds nothing up. */
  | { readonly type: "note"; readonly target: string; readonly message: string }
  /** A question to AWS or to a registry has left, and its answer has come. */
  | { readonly type: "asked" | "answered"; readonly target: string }
  /** Something did not answer as it should, and is asked again after so many milliseconds. */
  | {
      readonly type: "waiting";
      readonly target: string;
      readonly why: string;
      readonly ms: number;
    }
);

export type Report = (event: ReleaseEvent) => void;

/** What holds us up at a target. */
export type WaitEvent = Extract<ReleaseEvent, { type: "asked" | "answered" | "waiting" }>;

/** Reports what questions to `target`, to AWS or to its registry, wait for. */
export function watchFor(target: string, report: (event: WaitEvent) => void) {
  return {
    onWait: (why: string, ms: number) => report({ type: "waiting", target, why, ms }),
    onAsk() {
      report({ type: "asked", target });
      return () => report({ type: "answered", target });
    },
  };
}
