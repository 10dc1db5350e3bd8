import { formatPlatform, isAttestation, parseManifest } from "../../oci/manifest.ts";
import { canonicalPlatform } from "../../oci/platform.ts";
import type { Digest } from "../../oci/reference.ts";

/**
 * What of an image runs, one `PLATFORM DIGEST` for each platform, sorted. Attestations tell when and where it was
 * built and differ from build to build, so an index's own digest does not tell whether two builds are one image.
 * A manifest that is no index is its own platform.
 */
export type Runnable = readonly string[];

/** Throws MANIFEST_INVALID. */
export function runnableOf(manifest: {
  readonly digest: Digest;
  readonly text: string;
  readonly mediaType: string;
}): Runnable {
  const parsed = parseManifest(manifest.text, manifest.mediaType || undefined);
  if (parsed.kind === "image") return [manifest.digest];
  return parsed.manifests
    .filter((entry) => !isAttestation(entry))
    .map(
      ({ platform, digest }) =>
        `${platform ? canonicalPlatform(formatPlatform(platform)) : "any"} ${digest}`,
    )
    .sort();
}

/** Whether two images run the same, whatever their indexes and attestations are. Nothing that runs is no image. */
export function runsTheSame(one: Runnable, other: Runnable): boolean {
  return one.length > 0 && one.join() === other.join();
}
