import type { BuildSpec } from "../docker/build-spec.ts";
import type { GateWish } from "../release/gate.ts";
import type { Problem } from "../release/problem.ts";
import type { GatePlace } from "./judge.ts";

/**
 * What a gate lacks to look at all, known before anything is built: of smoke the engine, the variables, the Compose file
 * and the platforms, of scan and signature the tool that they run and its key, where the lack refuses. Throws INTERRUPTED.
 */
export async function gateProblems(
  { gate, mode, settings }: GateWish,
  spec: BuildSpec,
  place: GatePlace,
): Promise<readonly Problem[]> {
  switch (gate) {
    case "smoke": {
      const { smokeProblems } = await import("./smoke/prepared.ts");
      return await smokeProblems({ mode, settings }, spec, place);
    }
    case "scan": {
      if (mode !== "on" || settings.with === "ecr") return [];
      const { scannerProblems } = await import("./scan/scanners.ts");
      return await scannerProblems(settings.with, place);
    }
    case "signature": {
      if (mode !== "on" || settings.cosign === undefined) return [];
      const { cosignProblems } = await import("./signature/cosign.ts");
      return await cosignProblems(settings.cosign, place);
    }
    default:
      return [];
  }
}
