import type { GateMode, GateName, GateWish } from "../release/gate.ts";
import type { FileConfig } from "./schema.ts";

type GatesConfig = NonNullable<FileConfig["gates"]>;

/** The gates that are on or warn, in the order of the words. */
export function resolveGates(
  { consumer }: GatesConfig = {},
  skip: readonly GateName[] = [],
): readonly GateWish[] {
  const wishes: GateWish[] = [];
  const mode = modeOf(consumer?.mode);
  if (consumer && mode) {
    const skipped = skip.includes("consumer");
    wishes.push({ gate: "consumer", mode, skipped, settings: { for: consumer.for } });
  }
  return wishes;
}

function modeOf(mode: "on" | "warn" | "off" | boolean = "on"): GateMode | undefined {
  if (mode === "off" || mode === false) return undefined;
  return mode === "warn" ? "warn" : "on";
}
