import { type Descriptor, type ImageManifest, isAttestation, parseManifest } from "./manifest.ts";
import type { Digest } from "./reference.ts";
import type { Tree } from "./tree.ts";

const statementLayer = "application/vnd.in-toto+json";
/** Of an index's entry: the digest of the image that it states something about. */
export const referenceAnnotation = "vnd.docker.reference.digest";

/** What people ask to be stated about an image. */
export type StatementKind = "sbom" | "provenance";

/**
 * The predicate types of each, with whatever version they bear: SPDX and CycloneDX
 * (https://github.com/in-toto/attestation/tree/main/spec/predicates), SLSA (https://slsa.dev/spec/v1.0/provenance).
 */
const predicates: Readonly<Record<StatementKind, RegExp>> = {
  sbom: /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom)(?:\/|$)/,
  provenance: /^https:\/\/slsa\.dev\/provenance\//,
};

/** One in-toto statement that buildx put beside an image into its index, unread. */
export interface Statement {
  /** The image that it is about; `null` where nothing says so. */
  readonly about: Digest | null;
  /** `""` where its layer bears none. */
  readonly predicateType: string;
  readonly blob: Descriptor;
}

/** Whether a manifest is buildx's storage of statements, known by its layers: a copy may lose what an index says. */
export function holdsStatements({ layers }: ImageManifest): boolean {
  return layers.length > 0 && layers.every(({ mediaType }) => mediaType === statementLayer);
}

/**
 * The statements of one manifest that holds them, by its entry in the index.
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
export function statementsOf(
  { annotations }: Pick<Descriptor, "annotations">,
  { layers, subject }: ImageManifest,
): Statement[] {
  const stated = annotations?.[referenceAnnotation] as Digest | undefined;
  const about = stated ?? subject?.digest ?? null;
  return layers.map((blob) => ({
    about,
    predicateType: blob.annotations?.["in-toto.io/predicate-type"] ?? "",
    blob,
  }));
}

/** All statements in the index of an image, and in an index within it. What refers to the image from outside is not among them. */
export function statementsIn({ root, nodes }: Tree): Statement[] {
  const manifests = new Map(nodes.map(({ manifest }) => [manifest.digest, manifest]));
  // Indexes alone: what is stated alike of two platforms is one manifest with two entries, each about its own.
  const seen = new Set<Digest>();
  const below = (entry: Pick<Descriptor, "digest"> & Partial<Descriptor>): Statement[] => {
    const stored = manifests.get(entry.digest);
    if (stored === undefined || seen.has(entry.digest)) return [];
    const manifest = parseManifest(stored.bytes, stored.mediaType);
    if (manifest.kind === "index") {
      seen.add(entry.digest);
      return manifest.manifests.flatMap(below);
    }
    const isOne = isAttestation({ mediaType: "", size: 0, ...entry }) || holdsStatements(manifest);
    return isOne ? statementsOf(entry, manifest) : [];
  };
  return below({ digest: root });
}

export function isOfKind(
  { predicateType }: Pick<Statement, "predicateType">,
  kind: StatementKind,
): boolean {
  return predicates[kind].test(predicateType);
}

/** Which of these images lack a statement of the kind; the order is theirs. */
export function lacking<Image extends { readonly digest: Digest }>(
  images: readonly Image[],
  kind: StatementKind,
  statements: readonly Statement[],
): Image[] {
  const stated = new Set(statements.filter((one) => isOfKind(one, kind)).map(({ about }) => about));
  return images.filter(({ digest }) => !stated.has(digest));
}
