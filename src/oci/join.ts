import type { Source, StoredManifest } from "./content.ts";
import type { Layout } from "./layout.ts";
import { digestOf, mediaTypes } from "./manifest.ts";
import { canonicalPlatform } from "./platform.ts";
import type { Digest } from "./reference.ts";
import type { Tree } from "./tree.ts";

/** One line of an index: an image with the platform it runs on, or what attests one (`platform: null`). */
export interface Entry {
  readonly platform: string | null;
  /** The descriptor as it was written, fields that we do not know too. */
  readonly descriptor: Readonly<Record<string, unknown>>;
}

/**
 * One index over images that were built apart. Images stand first, by platform, and then what attests
 * them in the same order, so that the same parts give the same bytes whoever joins them.
 */
export function joinEntries(
  parts: readonly (readonly Entry[])[],
  annotations: Readonly<Record<string, string>>,
): StoredManifest {
  const sorted = parts.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const images = sorted
    .flatMap((entries) => entries.filter(({ platform }) => platform !== null))
    .toSorted((a, b) => (nameOf([a]) < nameOf([b]) ? -1 : 1));
  const others = sorted.flatMap((entries) => entries.filter(({ platform }) => platform === null));
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...images, ...others].map(({ descriptor }) => descriptor),
    annotations,
  };
  const bytes = Buffer.from(JSON.stringify(index));
  return { bytes, mediaType: mediaTypes.ociIndex, digest: digestOf(bytes) };
}

function nameOf(entries: readonly Entry[]): string {
  const platforms = entries.flatMap(({ platform }) =>
    platform ? canonicalPlatform(platform) : [],
  );
  return platforms.sort().join();
}

/** Layouts read in place as if they were one, with the index that joins them. */
export function joinedSource(
  index: StoredManifest,
  parts: readonly { readonly layout: Layout; readonly tree: Tree }[],
): Source {
  const holders = new Map<Digest, Layout>(
    parts.flatMap(({ layout, tree }) =>
      tree.nodes.flatMap(({ manifest, blobs }) =>
        [manifest, ...blobs].map(({ digest }) => [digest, layout] as const),
      ),
    ),
  );
  const [first] = parts;
  if (first === undefined) throw new Error("nothing to join");
  const holderOf = (digest: Digest) => holders.get(digest) ?? first.layout;
  return {
    manifest: async (descriptor) =>
      descriptor.digest === index.digest
        ? index
        : await holderOf(descriptor.digest).manifest(descriptor),
    blob: (descriptor) => holderOf(descriptor.digest).blob(descriptor),
    place: {
      name: parts.map(({ layout }) => layout.directory).join(" or "),
      remedy: parts[0]?.layout.place?.remedy ?? [],
    },
  };
}
