import { Readable } from "node:stream";
import type { FoundImage } from "../../src/inspection/read.ts";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";

export interface LayerShape {
  readonly mediaType?: string;
  readonly content?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Content in memory, from which images are put together piece by piece. */
export function builder() {
  const blobs = new Map<string, Buffer>();
  const put = (content: string | object, mediaType: string, more: object = {}): Descriptor => {
    const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length, ...more };
  };
  const manifest = (config: Descriptor, layers: readonly LayerShape[], more: object = {}) =>
    put(
      {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config,
        layers: layers.map(({ content = "layer", mediaType = mediaTypes.ociLayer, annotations }) =>
          put(content, mediaType, annotations && { annotations }),
        ),
        ...more,
      },
      mediaTypes.ociManifest,
    );
  return {
    blobs,
    put,
    manifest,
    image: (config: object, layers: readonly LayerShape[], more: object = {}) =>
      manifest(
        put({ os: "linux", architecture: "amd64", ...config }, mediaTypes.ociConfig),
        layers,
        more,
      ),
    index: (manifests: readonly Descriptor[], more: object = {}) =>
      put(
        { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, ...more },
        mediaTypes.ociIndex,
      ),
    /** As it is found in a registry; it notes which blobs were read. */
    found(root: Descriptor, read: string[] = []): FoundImage {
      const bytesOf = (digest: string) => blobs.get(digest) ?? Buffer.alloc(0);
      return {
        reference: `example/app@${root.digest}`,
        root,
        source: {
          manifest: async ({ digest, mediaType }) => ({
            bytes: bytesOf(digest),
            mediaType,
            digest,
          }),
          blob: async ({ digest }) => {
            read.push(digest);
            return Readable.from([bytesOf(digest)]);
          },
        },
        referrers: async () => [],
      };
    },
  };
}
