import type { FoundManifest } from "../ecr/types.ts";
import { digestOfValue, parseManifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";

/**
 * How a destination's image under a companion's tag compares with the source's: `behind` when the source
 * has all of it, `ahead` when it has all of the source's and more, `apart` when each has something of its own.
 */
export type CompanionState = "behind" | "ahead" | "apart";

type Manifest = Pick<FoundManifest, "text" | "mediaType">;

/**
 * Compares two companions of one tag by what they hold. Cosign appends a layer for every signature and moves the tag;
 * of two keys the layers have one digest and differ in their annotations, where the signature is
 * (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). An SBOM is no signature: the next one
 * takes its place at the source, and so it does elsewhere.
 */
export function companionState(tag: string, there: Manifest, source: Manifest): CompanionState {
  const [held, ours] = [contentsOf(there), contentsOf(source)];
  if (isWithin(held, ours)) return "behind";
  if (isWithin(ours, held)) return "ahead";
  return tag.endsWith(".sbom") ? "behind" : "apart";
}

function isWithin(some: ReadonlySet<Digest>, all: ReadonlySet<Digest>): boolean {
  return [...some].every((one) => all.has(one));
}

function contentsOf({ text, mediaType }: Manifest): ReadonlySet<Digest> {
  const parsed = parseManifest(text, mediaType || undefined);
  const parts = parsed.kind === "index" ? parsed.manifests : parsed.layers;
  return new Set(
    parts.map(({ digest, annotations = {} }) => digestOfValue({ digest, annotations })),
  );
}
