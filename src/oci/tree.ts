import { SlipwayError } from "../errors.ts";
import type { Source, StoredManifest } from "./content.ts";
import {
  type Descriptor,
  hasDigest,
  isIndexType,
  isManifestType,
  parseManifest,
} from "./manifest.ts";
import type { Digest } from "./reference.ts";

/** A manifest and what it names, each once. */
export interface Node {
  readonly manifest: StoredManifest;
  /** Manifests that must be in a repository before this one. */
  readonly children: readonly Digest[];
  readonly blobs: readonly Descriptor[];
}

/** All of an image: the root and everything it names, children before parents. */
export interface Tree {
  readonly root: Digest;
  readonly nodes: readonly Node[];
}

const maxManifests = 2000;
const maxDepth = 8;

/**
 * Reads every manifest of an image from its root down. Content is not trusted: every manifest has the
 * digest and size that its parent says, depth and number are bounded.
 * Throws NOT_FOUND, MANIFEST_INVALID or CONTENT_CORRUPT.
 */
export async function readTree(
  root: Pick<Descriptor, "digest" | "mediaType">,
  source: Pick<Source, "manifest">,
): Promise<Tree> {
  const nodes = new Map<Digest, Node>();
  const reading = new Map<Digest, Promise<void>>();
  await visit(root, 0);
  return { root: root.digest, nodes: [...nodes.values()] };

  function visit(descriptor: Reading, depth: number): Promise<void> {
    const begun = reading.get(descriptor.digest) ?? read(descriptor, depth);
    reading.set(descriptor.digest, begun);
    return begun;
  }

  async function read(descriptor: Reading, depth: number): Promise<void> {
    if (depth > maxDepth || reading.size >= maxManifests) {
      throw new SlipwayError("MANIFEST_INVALID", `${root.digest} holds too many manifests`);
    }
    const manifest = await source.manifest(descriptor);
    checkContent(manifest, descriptor);
    const { descriptors, ...node } = nodeOf(manifest);
    await Promise.all(descriptors.map((child) => visit(child, depth + 1)));
    nodes.set(descriptor.digest, node);
  }
}

type Reading = Pick<Descriptor, "digest" | "mediaType"> & { readonly size?: number };

/** A manifest with another digest could name its own parents, and reading would never end. */
function checkContent({ bytes }: StoredManifest, { digest, size }: Reading): void {
  if (!hasDigest(bytes, digest)) {
    throw new SlipwayError("CONTENT_CORRUPT", `manifest ${digest} does not have its digest`);
  }
  if (size !== undefined && bytes.length !== size) {
    throw new SlipwayError(
      "CONTENT_CORRUPT",
      `manifest ${digest} has ${bytes.length} bytes instead of ${size}`,
    );
  }
}

function nodeOf(manifest: StoredManifest): Node & { descriptors: readonly Descriptor[] } {
  const parsed = parseManifest(manifest.bytes, manifest.mediaType);
  const stored = { ...manifest, mediaType: parsed.mediaType };
  if (parsed.kind === "image") {
    return {
      manifest: stored,
      children: [],
      blobs: [parsed.config, ...parsed.layers],
      descriptors: [],
    };
  }
  const nested = parsed.manifests.filter(
    ({ mediaType }) => isManifestType(mediaType) || isIndexType(mediaType),
  );
  const blobs = parsed.manifests.filter((entry) => !nested.includes(entry));
  return {
    manifest: stored,
    children: nested.map(({ digest }) => digest),
    blobs,
    descriptors: nested,
  };
}

/** The blobs of a tree, each once, largest first so that the last one to finish is a small one. */
export function blobsOf(nodes: readonly Node[]): Descriptor[] {
  const unique = new Map(nodes.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob]));
  return [...unique.values()].sort((a, b) => b.size - a.size);
}
