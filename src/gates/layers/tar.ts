import { crc32 } from "node:zlib";
import { extract, type Header } from "tar-stream";
import type { Chunks } from "../../oci/chunks.ts";
import { elfHeaderBytes } from "./elf.ts";
import { sniffedBytes } from "./sniff.ts";

/** An entry as it stands in the tar, and what of its content was looked at. */
export interface TarEntry {
  readonly header: Header;
  /** The content's beginning: up to `sniffedBytes`, but of a larger binary the header alone. */
  readonly begin: Buffer;
  /** CRC-32 of the whole content; 0 of a small file. */
  readonly sum: number;
}

/** Smaller files are not worth finding twice. */
const summedBytes = 16 * 1024;

/** tar-stream's types lack the second: tars of before 1988 are tars. */
const options = { highWaterMark: 1, allowUnknownFormat: true };

/**
 * Hands every entry of a tar to `visit`, one after another. Large files pass by, a piece at a time. Ends with an
 * error of its reader's when it is no tar, and with what `chunks` or `visit` throw.
 */
export async function eachEntry(chunks: Chunks, visit: (entry: TarEntry) => void): Promise<void> {
  const reader = extract(options);
  let failed: { readonly error: unknown } | undefined;
  const ended = new Promise<void>((resolve) => {
    reader.on("error", (error) => {
      failed ??= { error };
    });
    reader.on("close", () => resolve());
  });
  reader.on("entry", (header, stream, next) => {
    const gathering = gather(header.size);
    stream.on("error", () => {});
    stream.on("data", (chunk) => gathering.take(chunk as Buffer));
    stream.on("end", () => {
      try {
        visit({ header, ...gathering.end() });
        next();
      } catch (error) {
        failed ??= { error };
        reader.destroy();
      }
    });
  });
  try {
    await feed(reader, chunks, ended);
  } finally {
    reader.destroy();
  }
  if (failed) throw failed.error;
}

async function feed(
  reader: ReturnType<typeof extract>,
  chunks: Chunks,
  ended: Promise<void>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (reader.destroying) break;
    if (reader.write(chunk)) continue;
    await Promise.race([
      new Promise<void>((resolve) => reader.once("drain", () => resolve())),
      ended,
    ]);
  }
  if (!reader.destroying) reader.end(undefined);
  await ended;
}

/** Keeps the beginning of a content and sums all of it up. */
function gather(size: number) {
  const parts: Buffer[] = [];
  const summed = size >= summedBytes;
  let kept = 0;
  let wanted = sniffedBytes;
  let sum = 0;
  return {
    take(chunk: Buffer) {
      if (summed) sum = crc32(chunk, sum);
      if (kept >= wanted) return;
      // A large program or archive has nothing to be read in; its first bytes tell.
      if (kept === 0 && size > sniffedBytes && chunk.subarray(0, 512).includes(0)) {
        wanted = elfHeaderBytes;
      }
      const part = chunk.subarray(0, wanted - kept);
      parts.push(part);
      kept += part.length;
    },
    end: () => ({
      begin: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
      sum,
    }),
  };
}
