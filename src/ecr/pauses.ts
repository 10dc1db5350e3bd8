import { pause } from "../oci/pause.ts";

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
  for (let ms = firstPauseMs; Date.now() < end; ms = Math.min(2 * ms, longestPauseMs)) {
    yield;
    await pause(ms, signal, `stopped while waiting for ${waitedFor}`);
  }
}
