import { listedBelow } from "./listed.ts";
import {
  type Descriptor,
  type ImageManifest,
  isAttestation,
  referenceAnnotation,
} from "./manifest.ts";
import type { Digest } from "./reference.ts";
import { manifestIn, type Tree } from "./tree.ts";

const statementLayer = "application/vnd.in-toto+json";

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
export function statementsIn(tree: Tree): Statement[] {
  const manifestOf = (digest: Digest) => manifestIn(tree, digest);
  return listedBelow({ digest: tree.root }, manifestOf).flatMap((entry) => {
    const manifest = manifestOf(entry.digest);
    if (manifest?.kind !== "image") return [];
    return isAttestation(entry) || holdsStatements(manifest) ? statementsOf(entry, manifest) : [];
  });
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
