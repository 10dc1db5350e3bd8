import type { EngineFacts } from "../../docker/engine.ts";
import type { Finding } from "../../release/gate.ts";
import type { Sign } from "./container-plan.ts";

/** Why there is no use in running the image: nothing would tell whether it works. `undefined` where something does. */
export function untried(
  sign: Sign | undefined,
  { publishes }: Pick<EngineFacts, "publishes">,
  platform: string,
): Finding | undefined {
  const base = { level: "error", place: platform } as const;
  if (sign === undefined) {
    return {
      ...base,
      code: "SMOKE_UNASKED",
      message: "the image has no HEALTHCHECK, and gates.smoke has neither a probe nor a command",
      reason: "nothing would tell whether it works",
      repair: "gates.smoke.probe: {http: 8080/}, or a HEALTHCHECK, or command: [--version]",
    };
  }
  if (publishes !== undefined || (sign.kind !== "http" && sign.kind !== "tcp")) return undefined;
  return {
    ...base,
    code: "SMOKE_UNREACHABLE",
    message: `the engine is reached through ssh, and port ${sign.port} of a container there is not`,
    reason: "nothing would tell whether it works",
    repair: "a HEALTHCHECK, or gates.smoke.probe.exec: both are asked on the engine's machine",
  };
}
