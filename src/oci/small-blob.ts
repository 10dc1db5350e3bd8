import { pipeline } from "node:stream";
import { SlipwayError } from "../errors.ts";
import { checked } from "./checked.ts";
import type { Source } from "./content.ts";
import { readWhole } from "./http.ts";
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
    throw new SlipwayError("MANIFEST_INVALID", `${digest} has ${size} bytes and is read whole`);
  }
  const check = checked(descriptor, source.place);
  const body = pipeline(await source.blob(descriptor), check, () => {}); // its reader learns of errors
  return await readWhole(body, maxManifestBytes);
}
