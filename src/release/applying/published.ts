import { SlipwayError } from "../../errors.ts";
import { askWhileLagging } from "../../oci/lag.ts";
import { isForeign } from "../../oci/manifest.ts";
import { eachOf, questionsAtOnce } from "../../oci/parallel.ts";
import type { Registry } from "../../oci/registry.ts";
import { blobsOf, type Tree } from "../../oci/tree.ts";

/**
 * Asks a registry for every manifest and blob of an image by HEAD; answers with the digests it lacks. Foreign layers are
 * not asked for: it need not have them.
 */
export async function missingFrom(registry: Registry, { nodes }: Tree): Promise<string[]> {
  const missing: string[] = [];
  await eachOf(nodes, questionsAtOnce, async ({ manifest }) => {
    if (!(await registry.hasManifest(manifest.digest))) missing.push(manifest.digest);
  });
  const blobs = blobsOf(nodes).filter((blob) => !isForeign(blob));
  await eachOf(blobs, questionsAtOnce, async (blob) => {
    if (!(await registry.hasBlob(blob))) missing.push(blob.digest);
  });
  return missing;
}

/** Throws VERIFY_FAILED unless everything is there. */
export async function verifyComplete(
  registry: Registry,
  tree: Tree,
  where: string,
  signal: AbortSignal,
): Promise<void> {
  const ask = () => missingFrom(registry, tree);
  const missing = await askWhileLagging(ask, ({ length }) => length > 0, signal);
  if (missing.length === 0) return;
  throw new SlipwayError("VERIFY_FAILED", `${where} lacks ${missing.join(", ")} of ${tree.root}`, {
    suggestions: ["run the same command again: it uploads what is missing"],
  });
}
