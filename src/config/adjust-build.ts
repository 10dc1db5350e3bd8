import type { BuildSpec } from "../docker/build-spec.ts";
import type { GateWish } from "../release/gate.ts";
import type { Request } from "../release/request.ts";
import type { FileConfig } from "./schema.ts";

/**
 * The build as its consumer takes it, where the file leaves it open: for AWS Lambda one platform without provenance,
 * which alone would make an index of it. It counts as written so, in the digest of the inputs too, and passing over
 * the gate this once does not make another image. What was asked for in words is never changed: then the gate speaks.
 */
export function adjustBuild(
  build: BuildSpec,
  gates: readonly GateWish[],
  attestations: FileConfig["attestations"] = {},
): Pick<Request, "build" | "adjusted"> {
  const forLambda = gates.some(
    ({ gate, settings }) => gate === "consumer" && settings.for.includes("lambda"),
  );
  const isOpen = attestations.provenance === undefined && !build.sbom;
  if (!forLambda || !isOpen || build.platforms.length > 1 || build.provenance === "none") {
    return { build };
  }
  const why =
    "built without provenance, as gates.consumer names lambda: AWS Lambda takes no index, and an attestation makes one; attestations.provenance decides otherwise";
  return { build: { ...build, provenance: "none" }, adjusted: [why] };
}
