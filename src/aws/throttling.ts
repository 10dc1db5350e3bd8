import { setTimeout as sleep } from "node:timers/promises";
import { isNamed } from "./errors.ts";

/** AWS names the same refusal in several ways (SDK `THROTTLING_ERROR_CODES`); all mean: later. */
const throttled = [
  "BandwidthLimitExceeded",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "Throttling",
  "ThrottledException",
  "ThrottlingException",
  "TooManyRequestsException",
];

const firstWaitMs = 200;
const longestWaitMs = 20_000;
const patienceMs = 15 * 60_000;

/**
 * Sends again for as long as AWS says no more than "too fast", each time later and at a moment of its
 * own (full jitter), for a quarter of an hour at most. Every other error is thrown at once.
 */
export async function patiently<T>(
  send: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (let wait = firstWaitMs; ; wait = Math.min(2 * wait, longestWaitMs)) {
    try {
      return await send();
    } catch (error) {
      if (!isNamed(error, ...throttled) || Date.now() > end) throw error;
    }
    await sleep(wait * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
  }
}
