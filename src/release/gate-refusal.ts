import { SlipwayError } from "../errors.ts";
import type { GateResult } from "./gate.ts";

/** A gate found an error: nothing has left, or nothing has been tagged. The results of all gates are here, for people and for machines. */
export class GateRefusal extends SlipwayError {
  readonly gates: readonly GateResult[];

  /** `image`: which of several it is. */
  constructor(gates: readonly GateResult[], image?: string) {
    const failed = gates.filter(({ state }) => state === "failed");
    const left = failed.some(({ stage }) => stage === "published");
    const names = failed.map(({ gate }) => gate);
    const [last = "", ...before] = names.toReversed();
    const told =
      before.length === 0 ? `gate ${last}` : `gates ${before.toReversed().join(", ")} and ${last}`;
    const whose = image === undefined ? "" : `${image} is `;
    super(
      "GATE_FAILED",
      `nothing was ${left ? "tagged" : "published"}: ${whose}refused by the ${told}`,
    );
    this.gates = gates;
  }
}
