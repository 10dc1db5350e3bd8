import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const chunkBytes = 512 * 1024;
const lookEveryMs = 15;
/** A file that does not grow for this long is given up. */
const stallMs = 60_000;

/**
 * The bytes of a file that is still being written and will have `size` of them. The file may be moved
 * meanwhile: what was opened is what is read. Ends with an error when it stops growing, or when `done` is
 * aborted and bytes are missing.
 */
export function tail(path: string, size: number, done: AbortSignal): Readable {
  return Readable.from(bytesOf(path, size, done), { objectMode: false, highWaterMark: chunkBytes });
}

async function* bytesOf(path: string, size: number, done: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    let at = 0;
    let grewAt = Date.now();
    while (at < size) {
      const wasDone = done.aborted;
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(chunkBytes),
        0,
        chunkBytes,
        at,
      );
      if (bytesRead > 0) {
        at += bytesRead;
        grewAt = Date.now();
        yield buffer.subarray(0, bytesRead);
      } else if (wasDone || Date.now() - grewAt > stallMs) {
        throw new Error(`${path} ended after ${at} of ${size} bytes`);
      } else {
        await sleep(lookEveryMs, undefined, { signal: done }).catch(() => {});
      }
    }
  } finally {
    await file.close();
  }
}
