import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../errors.ts";

const tries = 5;
const firstWaitMs = 200;
const longestWaitMs = 5000;

/** Whether the same request may succeed later: nothing else is worth asking twice. */
export function isTransient(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === "REGISTRY_UNAVAILABLE";
}

/**
 * Tries again on a transient error, five times in all, waiting with full jitter up to 0.2, 0.4, 0.8 …
 * seconds in between, 5 at most (AWS: "Exponential backoff and jitter"). `already` attempts were made
 * elsewhere. Throws INTERRUPTED when `signal` ends a wait.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
  already = 0,
): Promise<T> {
  for (let tried = already; ; tried += 1) {
    if (tried > 0) await pause(tried, signal);
    try {
      return await attempt();
    } catch (error) {
      if (tried + 1 >= tries || !isTransient(error) || signal?.aborted) throw error;
    }
  }
}

async function pause(tried: number, signal: AbortSignal | undefined): Promise<void> {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (tried - 1));
  try {
    await sleep(Math.random() * ceiling, undefined, { signal });
  } catch (cause) {
    throw new SlipwayError("INTERRUPTED", "stopped", { cause });
  }
}
