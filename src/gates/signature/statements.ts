import type { BuildSpec } from "../../docker/build-spec.ts";
import { lacking, type StatementKind, statementsIn } from "../../oci/statements.ts";
import type { Finding, GateSubject } from "../../release/gate.ts";
import { readConfigs, runnableImages } from "../images.ts";
import * as found from "./findings.ts";

type Required = readonly StatementKind[];

/** What a build is not even asked for: found before minutes of it. */
export function unasked(required: Required, { sbom, provenance }: BuildSpec): Finding[] {
  const isAsked = { sbom, provenance: provenance !== "none" };
  return required.filter((kind) => !isAsked[kind]).map(found.notAsked);
}

/**
 * The platforms about which nothing of the kind is stated in the image's index, one finding for each kind. Only where
 * one is lacking is a config read, for a name. Throws what the source throws.
 */
export async function unstated(
  required: Required,
  image: NonNullable<GateSubject["image"]>,
): Promise<Finding[]> {
  const statements = statementsIn(image.tree);
  const images = runnableImages(image.tree).map(({ stored }) => ({ digest: stored.digest }));
  const lacks = required.flatMap((kind) => {
    const without = lacking(images, kind, statements);
    return without.length > 0 ? [{ kind, without }] : [];
  });
  if (lacks.length === 0) return [];
  const configured = await readConfigs(image);
  const names = new Map(configured.map(({ stored, platform }) => [stored.digest, platform]));
  return lacks.map(({ kind, without }) =>
    found.notStated(
      kind,
      without.map(({ digest }) => names.get(digest) ?? digest),
    ),
  );
}
