import { type ImageConfig, parseConfig } from "../oci/image-config.ts";
import {
  formatPlatform,
  type ImageManifest,
  isAttestation,
  parseManifest,
} from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { readSmallBlob } from "../oci/small-blob.ts";
import type { Tree } from "../oci/tree.ts";
import type { GateSubject } from "../release/gate.ts";

/** One image that runs, as its manifest tells. */
export interface RunnableImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly manifest: ImageManifest;
  /** As the index says; `null` for an image without one: its config knows. */
  readonly platform: string | null;
}

/** The images of a tree that run: those of its index without attestations, or the one that it is. */
export function runnableImages({ root, nodes }: Tree): RunnableImage[] {
  const manifests = new Map(nodes.map(({ manifest }) => [manifest.digest, manifest]));
  const imageAt = (digest: Digest, platform: string | null): RunnableImage[] => {
    const stored = manifests.get(digest);
    if (stored === undefined) return [];
    const manifest = parseManifest(stored.bytes, stored.mediaType);
    if (manifest.kind !== "image") return [];
    const { mediaType } = manifest;
    return [{ digest, mediaType, size: stored.bytes.length, manifest, platform }];
  };
  const top = manifests.get(root);
  const parsed = top && parseManifest(top.bytes, top.mediaType);
  if (parsed?.kind !== "index") return imageAt(root, null);
  return parsed.manifests
    .filter((entry) => !isAttestation(entry))
    .flatMap(({ digest, platform }) => imageAt(digest, platform ? formatPlatform(platform) : null));
}

/** An image with its config: what it runs on is known by the one or the other. */
export interface ConfiguredImage extends RunnableImage {
  readonly platform: string;
  readonly config: ImageConfig;
}

/** Reads the config of every image that runs. Throws what the source throws, and MANIFEST_INVALID. */
export async function readConfigs({
  tree,
  source,
}: NonNullable<GateSubject["image"]>): Promise<ConfiguredImage[]> {
  return await Promise.all(
    runnableImages(tree).map(async (image) => {
      const { config: descriptor } = image.manifest;
      const config = parseConfig(await readSmallBlob(descriptor, source), descriptor.digest);
      return { ...image, config, platform: image.platform ?? formatPlatform(config) };
    }),
  );
}
