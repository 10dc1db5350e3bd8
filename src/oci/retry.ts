import { SlipwayError } from "../errors.ts";
import { pause } from "./pause.ts";

const tries = 5;
const firstWaitMs = 200;
const longestWaitMs = 5000;
/** Whoever is told "too fast" waits longer, and as long as for ECR's API (`aws/throttling.ts`): the quotas are one account's. */
const longestTooFastMs = 20_000;
const patienceMs = 15 * 60_000;

/** Told why something must be tried again, and in how many milliseconds that will be. */
export type OnWait = (why: string, ms: number) => void;

/** Whether the same request may succeed later: nothing else is worth asking twice. */
export function isTransient(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === "REGISTRY_UNAVAILABLE";
}

/** The cause of a refusal that means no more than "too fast": everything is well but the rate. */
export class TooFast extends Error {}

function isTooFast(error: unknown): boolean {
  return error instanceof Error && (error instanceof TooFast || isTooFast(error.cause));
}

/**
 * Tries again on a transient error, five times in all, waiting with full jitter up to 0.2, 0.4, 0.8 …
 * seconds in between, 5 at most (AWS: "Exponential backoff and jitter"). What was too fast is no try: it is waited out, up
 * to 20 seconds each time, for a quarter of an hour from the first attempt on, and four times however long that is ago.
 * `onWait` is told of each wait. Throws INTERRUPTED when `signal` ends a wait.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
  onWait?: OnWait,
): Promise<T> {
  return (await retryingUnlessDone(attempt, async () => false, signal, [], onWait)) as T;
}

/**
 * As `retrying`, for what should not be done twice: an attempt whose answer was lost may have had its effect. Before
 * each further one `isDone` is asked, and ends it with `undefined`; what that throws has been tried often enough.
 * `earlier` are the errors of attempts that were made elsewhere.
 */
export async function retryingUnlessDone<T>(
  attempt: () => Promise<T>,
  isDone: () => Promise<boolean>,
  signal: AbortSignal | undefined,
  earlier: readonly unknown[] = [],
  onWait: OnWait = () => {},
): Promise<T | undefined> {
  const end = Date.now() + patienceMs;
  const errors = [...earlier];
  for (;;) {
    const last = errors.at(-1);
    if (last !== undefined) {
      const ms = waitAfter(last, errors);
      onWait((last as Error).message, ms);
      await pause(ms, signal);
      if (await isDone()) return undefined;
    }
    try {
      return await attempt();
    } catch (error) {
      errors.push(passing(error, errors, end, signal));
    }
  }
}

/** The error of an attempt that another one is to follow. Throws it where none is. */
function passing(
  error: unknown,
  earlier: readonly unknown[],
  end: number,
  signal: AbortSignal | undefined,
): unknown {
  const hasTries = likeIt(error, earlier) + 1 < tries;
  // One attempt may send gigabytes, and take longer than the patience.
  const hasPatience = hasTries || (isTooFast(error) && Date.now() < end);
  if (!hasPatience || !isTransient(error) || signal?.aborted) throw error;
  return error;
}

/** How many of these were too fast, or failed, as this one. */
function likeIt(error: unknown, errors: readonly unknown[]): number {
  return errors.filter((one) => isTooFast(one) === isTooFast(error)).length;
}

/** How long to wait after these attempts, in milliseconds. */
function waitAfter(last: unknown, errors: readonly unknown[]): number {
  const longest = isTooFast(last) ? longestTooFastMs : longestWaitMs;
  return Math.random() * Math.min(longest, firstWaitMs * 2 ** (likeIt(last, errors) - 1));
}
