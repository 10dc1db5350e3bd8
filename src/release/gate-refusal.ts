import { SlipwayError } from "../errors.ts";
import type { GateResult } from "./gate.ts";

/** A gate found an error: nothing has left, or nothing has been tagged. The results of all gates are here, for people and for machines. */
export class GateRefusal extends SlipwayError {
  readonly gates: readonly GateResult[];

  constructor(gates: readonly GateResult[]) {
    const failed = gates.filter(({ state }) => state === "failed");
    const left = failed.some(({ stage }) => stage === "published");
    const names = failed.map(({ gate }) => gate).join(" and ");
    super(
      "GATE_FAILED",
      `nothing was ${left ? "tagged" : "published"}: refused by the gate ${names}`,
    );
    this.gates = gates;
  }
}
