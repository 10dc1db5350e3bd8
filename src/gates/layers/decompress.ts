import { pipeline, type Readable, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Chunks } from "../../oci/chunks.ts";

const chunkBytes = 256 * 1024;

/**
 * A layer's tar, by the bytes that it begins with and not by its media type: some tools write one and mean the other.
 * Ends with an error of zlib's (`Z_…`, `ZSTD_…`) when the compressed bytes are broken.
 */
export async function* decompressed(chunks: Chunks): AsyncGenerator<Buffer, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  const all = rejoined(first, iterator);
  const through = first.done ? undefined : decompressorFor(first.value);
  if (through === undefined) return yield* all;
  yield* piped(all, through);
}

function decompressorFor(begin: Buffer): Transform | undefined {
  // A piece is written only when the one before is used up: they may share memory.
  const options = { chunkSize: chunkBytes, writableHighWaterMark: 1 };
  if (begin[0] === 0x1f && begin[1] === 0x8b) return createGunzip(options);
  if (begin.subarray(0, 4).equals(zstdMagic)) return createZstdDecompress(options);
  return undefined;
}

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

async function* rejoined(
  first: IteratorResult<Buffer>,
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* piped(from: AsyncIterable<Buffer>, through: Transform) {
  // The error reaches whoever reads `through`; the callback only keeps it from being told twice.
  pipeline(from, through, () => {});
  yield* through as Readable as AsyncIterable<Buffer>;
}
