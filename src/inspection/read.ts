import type { Referrer } from "../ecr/types.ts";
import type { Source } from "../oci/content.ts";
import { type ImageConfig, parseConfig } from "../oci/image-config.ts";
import { type Descriptor, type Manifest, parseManifest } from "../oci/manifest.ts";
import { eachOf } from "../oci/parallel.ts";
import type { Digest } from "../oci/reference.ts";
import { readSmallBlob } from "../oci/small-blob.ts";
import { readTree } from "../oci/tree.ts";
import { type Comparison, compareImages } from "./compare.ts";
import { describeImage, isRunnable } from "./describe.ts";
import type { ImageContents } from "./image.ts";
import { maskedValues, withoutSecrets } from "./secrets.ts";

/** An image that was found, and where the rest of it can be read. */
export interface FoundImage {
  /** What names it for good: host, repository, the tag it was asked for by, and digest; or a folder and digest. */
  readonly reference: string;
  readonly root: Pick<Descriptor, "digest" | "mediaType">;
  readonly source: Source;
  /** What refers to it; a layout on disk does not know. */
  readonly referrers: () => Promise<readonly Referrer[]>;
}

/** What an image is, and what changed since another one when one was given. */
export interface Inspection extends ImageContents {
  readonly format: 1;
  readonly reference: string;
  readonly referrers: readonly Referrer[];
  readonly against: Comparison | null;
}

const configsAtOnce = 8;

/**
 * Reads an image's manifests and configs, never its layers. Content is not trusted: digests, sizes, number and
 * depth are checked. Throws NOT_FOUND, MANIFEST_INVALID or CONTENT_CORRUPT.
 */
export async function inspectImage(image: FoundImage, against?: FoundImage): Promise<Inspection> {
  const [contents, referrers, before] = await Promise.all([
    readContents(image),
    image.referrers(),
    against && readContents(against),
  ]);
  return {
    format: 1,
    reference: image.reference,
    ...withoutSecrets(contents),
    referrers: referrers.map((one) => ({ ...one, annotations: maskedValues(one.annotations) })),
    against: against && before ? compareImages(contents, before, against.reference) : null,
  };
}

async function readContents({ root, source }: FoundImage): Promise<ImageContents> {
  const { nodes } = await readTree(root, source);
  const manifests = new Map<Digest, Manifest>(
    nodes.map(({ manifest }) => [
      manifest.digest,
      parseManifest(manifest.bytes, manifest.mediaType),
    ]),
  );
  const wanted = [...manifests.values()].filter(isRunnable).map(({ config }) => config);
  const configs = new Map<Digest, ImageConfig>();
  await eachOf(wanted, configsAtOnce, async (config) => {
    configs.set(config.digest, parseConfig(await readSmallBlob(config, source), config.digest));
  });
  return describeImage({ root: root.digest, manifests, configs });
}
