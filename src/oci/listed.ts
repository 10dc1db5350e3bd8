import { type Descriptor, type Manifest, referenceAnnotation } from "./manifest.ts";
import type { Digest } from "./reference.ts";

/** What an index lists, or what stands on top of it all, of which no more need be known than its digest. */
export type Listed = Pick<Descriptor, "digest"> & Partial<Descriptor>;

/**
 * All manifests below this one that are no index, in the order of their index, and other content that it lists; itself
 * where it is none. A manifest that serves two platforms, or attests two, is listed once for each; standing in two indexes
 * does not list it again. `manifestOf` has what was read.
 */
export function listedBelow(
  entry: Listed,
  manifestOf: (digest: Digest) => Manifest | undefined,
  seen = new Set<string>(),
): Listed[] {
  const { digest, platform, annotations } = entry;
  const key = JSON.stringify([digest, platform, annotations?.[referenceAnnotation]]);
  if (seen.has(key)) return [];
  seen.add(key);
  const manifest = manifestOf(digest);
  if (manifest?.kind !== "index") return [entry];
  return manifest.manifests.flatMap((child) => listedBelow(child, manifestOf, seen));
}
