import { pause } from "../oci/pause.ts";

/** Waits until one more start keeps within the pace. Throws INTERRUPTED. */
export type Pace = (signal?: AbortSignal) => Promise<void>;

/**
 * Keeps within a bucket of tokens, as ECR's quotas are (user guide, "Troubleshooting Amazon ECR error messages"):
 * `perSecond` starts at once, and from then on one whenever a token has come back, in the order they are asked for.
 */
export function pace(perSecond: number): Pace {
  const tokenMs = 1000 / perSecond;
  // By a clock that nobody sets: all tokens will be back then.
  let full = 0;
  return async (signal) => {
    const now = performance.now();
    full = Math.max(full, now) + tokenMs;
    const wait = Math.ceil(full - now - perSecond * tokenMs);
    if (wait > 0) await pause(wait, signal);
  };
}
