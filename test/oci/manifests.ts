import type { Source } from "../../src/oci/content.ts";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";

export type Manifests = Map<Digest, Buffer>;

/** A source of these manifests that tells what it was asked for. */
export function sourceOf(
  manifests: ReadonlyMap<Digest, Buffer>,
): Pick<Source, "manifest"> & { asked: Digest[] } {
  const asked: Digest[] = [];
  return {
    asked,
    async manifest({ digest, mediaType }) {
      asked.push(digest);
      return { digest, mediaType, bytes: manifests.get(digest) ?? Buffer.from("{}") };
    },
  };
}

export const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf("blob"), size: 4 };

/** Adds a manifest, and gives what names it. */
export function put(
  manifests: Manifests,
  manifest: object & { mediaType: string; subject?: Descriptor },
): Descriptor {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(bytes);
  manifests.set(digest, bytes);
  return { mediaType: manifest.mediaType, digest, size: bytes.length };
}

export const image = (name: string) => ({
  mediaType: mediaTypes.ociManifest,
  config: { ...blob, digest: digestOf(name) },
  layers: [blob],
});
export const index = (...manifests: readonly Descriptor[]) => ({
  mediaType: mediaTypes.ociIndex,
  manifests,
});
