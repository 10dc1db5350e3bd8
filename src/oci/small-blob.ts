import { SlipwayError } from "../errors.ts";
import { checked } from "./checked.ts";
import { readWhole } from "./chunks.ts";
import type { Source } from "./content.ts";
import { type Descriptor, maxManifestBytes } from "./manifest.ts";

/**
 * A blob that is read whole, such as an image's config, its bytes checked against its digest. Throws
 * MANIFEST_INVALID when it says that it is larger than a manifest may be, and CONTENT_CORRUPT.
 */
export async function readSmallBlob(
  descriptor: Descriptor,
  source: Pick<Source, "blob" | "place">,
): Promise<Buffer> {
  const { digest, size } = descriptor;
  if (size > maxManifestBytes) {
    const message = `${digest} has ${size} bytes, and ${maxManifestBytes} is the most of what is read whole`;
    const suggestions = source.place?.remedy ?? [];
    throw new SlipwayError("MANIFEST_INVALID", message, { suggestions });
  }
  const chunks = checked(await source.blob(descriptor), descriptor, source.place);
  return await readWhole(chunks, maxManifestBytes);
}
