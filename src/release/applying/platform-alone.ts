import { SlipwayError } from "../../errors.ts";
import type { Source } from "../../oci/content.ts";
import { readWhole } from "../../oci/http.ts";
import { formatPlatform, hasDigest, maxManifestBytes, parseManifest } from "../../oci/manifest.ts";
import type { Tree } from "../../oci/tree.ts";

/**
 * The platform of an image that is no index, as its config says; `undefined` for an index, and for an image
 * whose config is `missing`. Throws CONTENT_CORRUPT when the config has not the digest that it should have.
 */
export async function platformAlone(
  { root, nodes }: Tree,
  source: Pick<Source, "blob">,
  missing: readonly string[],
): Promise<string | undefined> {
  const manifest = nodes.find((node) => node.manifest.digest === root)?.manifest;
  const parsed = manifest && parseManifest(manifest.bytes, manifest.mediaType);
  if (parsed?.kind !== "image" || missing.includes(parsed.config.digest)) return undefined;
  const bytes = await readWhole(await source.blob(parsed.config), maxManifestBytes);
  if (!hasDigest(bytes, parsed.config.digest)) {
    throw new SlipwayError("CONTENT_CORRUPT", `the config ${parsed.config.digest} has other bytes`);
  }
  return platformIn(bytes);
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md: os and architecture are required. */
function platformIn(config: Buffer): string | undefined {
  try {
    const { os, architecture, variant } = JSON.parse(config.toString("utf8"));
    return formatPlatform({ os, architecture, ...(variant && { variant }) });
  } catch {
    return undefined;
  }
}
