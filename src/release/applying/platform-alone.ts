import type { Source } from "../../oci/content.ts";
import { parseConfig } from "../../oci/image-config.ts";
import { formatPlatform, parseManifest } from "../../oci/manifest.ts";
import { readSmallBlob } from "../../oci/small-blob.ts";
import type { Tree } from "../../oci/tree.ts";

/**
 * The platform of an image that is no index, as its config says; `undefined` for an index, and for an image
 * whose config is `missing`. Throws CONTENT_CORRUPT when the config has not the digest that it should have.
 */
export async function platformAlone(
  { root, nodes }: Tree,
  source: Pick<Source, "blob" | "place">,
  missing: readonly string[],
): Promise<string | undefined> {
  const manifest = nodes.find((node) => node.manifest.digest === root)?.manifest;
  const parsed = manifest && parseManifest(manifest.bytes, manifest.mediaType);
  if (parsed?.kind !== "image" || missing.includes(parsed.config.digest)) return undefined;
  const bytes = await readSmallBlob(parsed.config, source);
  const { os, architecture, variant } = parseConfig(bytes, parsed.config.digest);
  return formatPlatform({ os, architecture, variant }) || undefined;
}
