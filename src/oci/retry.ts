import { SlipwayError } from "../errors.ts";
import { pause } from "./pause.ts";

const tries = 5;
const firstWaitMs = 200;
const longestWaitMs = 5000;

/** Told why something must be tried again, and in how many milliseconds that will be. */
export type OnWait = (why: string, ms: number) => void;

/** Whether the same request may succeed later: nothing else is worth asking twice. */
export function isTransient(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === "REGISTRY_UNAVAILABLE";
}

/**
 * Tries again on a transient error, five times in all, waiting with full jitter up to 0.2, 0.4, 0.8 …
 * seconds in between, 5 at most (AWS: "Exponential backoff and jitter"). `onWait` is told of each wait. Throws
 * INTERRUPTED when `signal` ends a wait.
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
  let last = earlier.at(-1);
  for (let tried = earlier.length; ; tried += 1) {
    if (tried > 0) {
      const ms = waitAfter(tried);
      onWait((last as Error).message, ms);
      await pause(ms, signal);
      if (await isDone()) return undefined;
    }
    try {
      return await attempt();
    } catch (error) {
      last = passing(error, tried + 1, signal);
    }
  }
}

/** The error of an attempt that another one is to follow. Throws it where none is. */
function passing(error: unknown, tried: number, signal: AbortSignal | undefined): unknown {
  if (tried >= tries || !isTransient(error) || signal?.aborted) throw error;
  return error;
}

/** How long to wait after so many attempts, in milliseconds. */
function waitAfter(tried: number): number {
  return Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (tried - 1));
}
