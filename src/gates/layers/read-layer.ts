import { createHash } from "node:crypto";
import { checked } from "../../oci/checked.ts";
import type { Chunks } from "../../oci/chunks.ts";
import type { Source } from "../../oci/content.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { decompressed } from "./decompress.ts";
import { collecting } from "./entries.ts";
import { type LayerFacts, type LayerLimits, layerLimits } from "./facts.ts";
import { eachEntry } from "./tar.ts";
import { LayerTrouble, troubleOf } from "./trouble.ts";

/**
 * Reads one layer to its end, a piece at a time, and tells what is in it; nothing of it is ever written to a disk.
 * What is wrong with the layer is among the facts, after what was read before that. Throws CONTENT_CORRUPT when
 * the bytes are not those of the digest, NOT_FOUND when they are not there.
 */
export async function readLayer(
  layer: Pick<Descriptor, "digest" | "size" | "mediaType">,
  source: Pick<Source, "blob" | "place">,
  limits: LayerLimits = layerLimits,
): Promise<LayerFacts> {
  const collected = collecting(limits);
  const measured = measuring(layer.size, limits);
  const bytes = checked(await source.blob(layer), layer, source.place);
  let whole = true;
  try {
    await eachEntry(measured.pass(decompressed(bytes)), collected.take);
  } catch (error) {
    const trouble = troubleOf(error, collected.end().entries.length > 0);
    if (trouble === undefined) throw error;
    collected.trouble(trouble);
    whole = false;
  }
  const { diffId, unpackedBytes } = measured.end();
  return { ...collected.end(), unpackedBytes, diffId: whole ? diffId : null };
}

/** Counts and hashes what passes, and stops what is too much. */
function measuring(compressedBytes: number, limits: LayerLimits) {
  const hash = createHash("sha256");
  let seen = 0;
  return {
    async *pass(chunks: Chunks): AsyncGenerator<Buffer, void> {
      for await (const chunk of chunks) {
        seen += chunk.length;
        checkAmount(seen, compressedBytes, limits);
        hash.update(chunk);
        yield chunk;
      }
    },
    end: () => ({ unpackedBytes: seen, diffId: `sha256:${hash.digest("hex")}` as const }),
  };
}

function checkAmount(seen: number, compressedBytes: number, limits: LayerLimits): void {
  if (seen > limits.unpackedBytes) {
    throw new LayerTrouble(
      "LAYER_TOO_LARGE",
      `it unpacks to more than ${limits.unpackedBytes} bytes`,
    );
  }
  if (seen > limits.bombBytes && seen > compressedBytes * limits.ratio) {
    const times = Math.floor(seen / Math.max(1, compressedBytes));
    throw new LayerTrouble(
      "LAYER_BOMB",
      `its ${compressedBytes} bytes had unpacked to ${times} times as many when it was given up`,
    );
  }
}
