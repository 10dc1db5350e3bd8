import type { GateWish } from "../release/gate.ts";
import type { Problem } from "../release/problem.ts";
import type { GatePlace } from "./judge.ts";

/**
 * What a gate lacks to look at all, known before anything is built: of smoke the variables and the Compose file, of scan
 * and signature the tool that they run, where its absence refuses. Throws INTERRUPTED.
 */
export async function gateProblems(
  { gate, mode, settings }: GateWish,
  place: GatePlace,
): Promise<readonly Problem[]> {
  switch (gate) {
    case "smoke": {
      const { smokeProblems } = await import("./smoke/prepared.ts");
      return await smokeProblems(settings, place);
    }
    case "scan": {
      if (mode !== "on" || settings.with === "ecr") return [];
      const { scannerProblems } = await import("./scan/scanners.ts");
      return await scannerProblems(settings.with, place);
    }
    case "signature": {
      if (mode !== "on" || settings.cosign === undefined) return [];
      const { cosignProblem } = await import("./signature/cosign.ts");
      const { cosignMissing } = await import("./signature/findings.ts");
      const why = await cosignProblem(place);
      if (why === undefined) return [];
      const { message, repair } = cosignMissing(why);
      return [{ code: "GATE_TOOL_MISSING", message, remedy: repair }];
    }
    default:
      return [];
  }
}
