import {
  bytesOf,
  type Descriptor,
  formatPlatform,
  type ImageManifest,
  isAttestation,
  isManifestType,
  parseManifest,
} from "../../oci/manifest.ts";
import type { Digest } from "../../oci/reference.ts";
import type { PreviousImages, PreviousRelease } from "../gate.ts";
import { type Applying, ecrAt } from "./steps.ts";

/**
 * The images of the release before, by its manifests: one question for an image, a second for the platforms of an index.
 * `undefined` when it is no longer there.
 */
export async function previousImages(
  applying: Applying,
  { target, digest, version }: PreviousRelease,
): Promise<PreviousImages | undefined> {
  const { ecr, id } = ecrAt(applying, target);
  const read = async (digests: readonly Digest[]) => {
    const found = await ecr.manifests(
      id,
      digests.map((one) => ({ digest: one })),
    );
    return new Map(found.map((one) => [one.digest, parseManifest(one.text, one.mediaType)]));
  };
  const root = (await read([digest])).get(digest);
  if (root === undefined) return undefined;
  if (root.kind === "image") return { version, platforms: [imageOf(root, digest, null)] };
  const entries = root.manifests.filter(
    (one) => isManifestType(one.mediaType) && !isAttestation(one),
  );
  const images = await read(entries.map((one) => one.digest));
  const platforms = entries.flatMap((entry) => {
    const image = images.get(entry.digest);
    return image?.kind === "image" ? [imageOf(image, entry.digest, nameOf(entry))] : [];
  });
  return { version, platforms };
}

function nameOf({ platform, digest }: Descriptor): string {
  return platform ? formatPlatform(platform) : digest;
}

function imageOf(
  manifest: ImageManifest,
  digest: Digest,
  platform: string | null,
): PreviousImages["platforms"][number] {
  const layers = manifest.layers.map((layer) => layer.digest);
  return { platform, digest, bytes: bytesOf(manifest), layers };
}
