import type { FoundManifest } from "../ecr/types.ts";
import type { Source, StoredManifest } from "../oci/content.ts";
import { parseConfig } from "../oci/image-config.ts";
import { listedBelow } from "../oci/listed.ts";
import { formatPlatform, isAttestation, type Manifest, parseManifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { readSmallBlob } from "../oci/small-blob.ts";
import { blobsOf, manifestIn, type Node, type Tree } from "../oci/tree.ts";
import type { ReleasedPlatform } from "./receipt.ts";

/**
 * The platforms one can run, with their sizes, and how many attestations come with them; what an index in the index
 * lists is among them. An image that is no index does not say its platform in its manifest: it is `alone`.
 */
export function contentsOf(
  tree: Tree,
  alone = "unknown",
): { platforms: ReleasedPlatform[]; attestations: number } {
  const nodes = new Map(tree.nodes.map((node) => [node.manifest.digest, node]));
  const bytesOf = (digest: Digest) => sizeOf(nodes.get(digest));
  const manifestOf = (digest: Digest) => parsed(nodes.get(digest));
  const root = manifestOf(tree.root);
  if (root === undefined) return { platforms: [], attestations: 0 };
  if (root.kind === "image") {
    const own = { platform: alone, digest: tree.root, bytes: bytesOf(tree.root) };
    return { platforms: [own], attestations: 0 };
  }
  const entries = listedBelow({ digest: tree.root }, manifestOf);
  const platforms = entries.flatMap((entry) => {
    const { platform, digest } = entry;
    if (platform === undefined || isAttestation(entry)) return [];
    return [{ platform: formatPlatform(platform), digest, bytes: bytesOf(digest) }];
  });
  return { platforms, attestations: entries.filter(isAttestation).length };
}

function parsed(node: Node | undefined): Manifest | undefined {
  return node && parseManifest(node.manifest.bytes, node.manifest.mediaType);
}

/** A layer that is there twice is pulled once. */
function sizeOf(node: Node | undefined): number {
  return node === undefined ? 0 : blobsOf([node]).reduce((sum, { size }) => sum + size, 0);
}

/**
 * The platform of an image that is no index, as its config says; `undefined` for an index, and for an image
 * whose config is `missing`. Throws CONTENT_CORRUPT when the config has not the digest that it should have.
 */
export async function platformAlone(
  tree: Tree,
  source: Pick<Source, "blob" | "place">,
  missing: readonly string[] = [],
): Promise<string | undefined> {
  const parsed = manifestIn(tree, tree.root);
  if (parsed?.kind !== "image" || missing.includes(parsed.config.digest)) return undefined;
  const bytes = await readSmallBlob(parsed.config, source);
  const { os, architecture, variant } = parseConfig(bytes, parsed.config.digest);
  return formatPlatform({ os, architecture, variant }) || undefined;
}

/** A manifest as it must be passed back to ECR, byte for byte. */
export function textOf({ digest, mediaType, bytes }: StoredManifest): FoundManifest {
  return { digest, mediaType, text: bytes.toString("utf8") };
}
