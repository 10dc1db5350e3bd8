import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../errors.ts";

const firstPauseMs = 500;
const longestPauseMs = 5000;

/**
 * A turn at once and then one after each pause, longer and longer, until `end` (milliseconds since 1970).
 * Throws INTERRUPTED, which says what was waited for.
 */
export async function* pauses(
  end: number,
  waitedFor: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<void, void> {
  for (let pause = firstPauseMs; Date.now() < end; pause = Math.min(2 * pause, longestPauseMs)) {
    yield;
    try {
      await sleep(pause, undefined, signal ? { signal } : {});
    } catch (cause) {
      throw new SlipwayError("INTERRUPTED", `stopped while waiting for ${waitedFor}`, { cause });
    }
  }
}
