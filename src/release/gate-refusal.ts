import { SlipwayError } from "../errors.ts";
import type { GateResult } from "./gate.ts";

/** A gate found an error: nothing has left. The results of all gates are here, for people and for machines. */
export class GateRefusal extends SlipwayError {
  readonly gates: readonly GateResult[];

  constructor(gates: readonly GateResult[]) {
    const failed = gates.flatMap(({ gate, state }) => (state === "failed" ? [gate] : []));
    super("GATE_FAILED", `nothing was published: refused by the gate ${failed.join(" and ")}`);
    this.gates = gates;
  }
}
