import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../errors.ts";

/** Waits so many milliseconds. Throws INTERRUPTED where `signal` ends the wait, in these words. */
export async function pause(
  ms: number,
  signal: AbortSignal | undefined,
  stopped = "stopped",
): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch((cause) => {
    throw new SlipwayError("INTERRUPTED", stopped, { cause });
  });
}
