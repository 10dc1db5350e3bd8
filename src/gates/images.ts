import { isRunnable } from "../inspection/describe.ts";
import type { StoredManifest } from "../oci/content.ts";
import { type ImageConfig, parseConfig } from "../oci/image-config.ts";
import {
  formatPlatform,
  type ImageManifest,
  isAttestation,
  parseManifest,
} from "../oci/manifest.ts";
import { isSamePlatform } from "../oci/platform.ts";
import type { Digest } from "../oci/reference.ts";
import { readSmallBlob } from "../oci/small-blob.ts";
import type { Tree } from "../oci/tree.ts";
import type { GateSubject, PreviousImages } from "../release/gate.ts";

/** One image that runs, as its manifest tells. */
export interface RunnableImage {
  readonly stored: StoredManifest;
  readonly manifest: ImageManifest;
  /** As the index says; `null` for an image without one: its config knows. */
  readonly platform: string | null;
}

/**
 * The images of a tree that run, in the order of its index, each once: no attestation, neither by what the index says
 * of it nor by its layers, and nothing else that is no image (a signature, a chart). An index in an index counts with
 * what it lists.
 */
export function runnableImages({ root, nodes }: Tree): RunnableImage[] {
  const manifests = new Map(nodes.map(({ manifest }) => [manifest.digest, manifest]));
  const seen = new Set<Digest>();
  const imagesAt = (digest: Digest, platform: string | null): RunnableImage[] => {
    const stored = manifests.get(digest);
    if (stored === undefined || seen.has(digest)) return [];
    seen.add(digest);
    const manifest = parseManifest(stored.bytes, stored.mediaType);
    if (manifest.kind === "image") {
      return isRunnable(manifest) ? [{ stored, manifest, platform }] : [];
    }
    return manifest.manifests
      .filter((entry) => !isAttestation(entry))
      .flatMap((entry) =>
        imagesAt(entry.digest, entry.platform ? formatPlatform(entry.platform) : null),
      );
  };
  return imagesAt(root, null);
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

/** The image of the same platform in the release before; one image alone has no index that names its platform. */
export function imageBefore(
  platform: string | null,
  { platforms }: PreviousImages,
): PreviousImages["platforms"][number] | undefined {
  const [only] = platforms;
  if (platform === null) return platforms.length === 1 ? only : undefined;
  return platforms.find((one) => one.platform === null || isSamePlatform(one.platform, platform));
}
