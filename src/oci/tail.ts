import { setTimeout as sleep } from "node:timers/promises";
import { type Chunks, fileChunks } from "./chunks.ts";

const lookEveryMs = 15;
/** A file that does not grow for this long is given up. */
const stallMs = 60_000;

/**
 * The bytes of a file that is still being written and will have `size` of them. The file may be moved
 * meanwhile: what was opened is what is read. Ends with an error when it stops growing, or when `done` is
 * aborted and bytes are missing.
 */
export function tail(path: string, size: number, done: AbortSignal): Chunks {
  let grewAt = Date.now();
  let wasDone = false;
  return fileChunks(path, async (seen, grew) => {
    if (seen >= size) return false;
    if (grew) grewAt = Date.now();
    // What was written just before the end is seen by looking once more after it.
    else if (wasDone || Date.now() - grewAt > stallMs) {
      throw new Error(`${path} ended after ${seen} of ${size} bytes`);
    }
    wasDone = done.aborted;
    // Also when some came: more comes meanwhile, and few large pieces cost less than many small ones.
    if (!wasDone) await sleep(lookEveryMs, undefined, { signal: done }).catch(() => {});
    return true;
  });
}
