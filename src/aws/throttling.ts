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

/** Told why a request must be sent again, and in how many milliseconds that will be. */
export type OnWait = (why: string, ms: number) => void;

/** Who watches requests on their way. */
export interface Watch {
  readonly onWait?: OnWait | undefined;
  /** Told as a question is asked; what it gives back is told as the last try has ended. */
  readonly onAsk?: (() => () => void) | undefined;
}

export interface Patience extends Watch {
  readonly signal?: AbortSignal | undefined;
}

/** A client of the SDK; what its middleware is exactly, nobody here need know. */
export interface Client {
  readonly middlewareStack: {
    add(middleware: never, options: { readonly step: "initialize"; readonly name: string }): void;
  };
}

type Handler = (args: unknown) => Promise<unknown>;

/** The same client, which sends each of its requests, every page for itself, as `patiently` says. */
export function patient<C extends Client>(client: C, patience: Patience): C {
  const middleware = (next: Handler): Handler => {
    return async (args) => {
      const answered = patience.onAsk?.();
      try {
        return await patiently(() => next(args), patience);
      } finally {
        answered?.();
      }
    };
  };
  client.middlewareStack.add(middleware as never, { step: "initialize", name: "patience" });
  return client;
}

/**
 * Sends again for as long as AWS says no more than "too fast", each time later and at a moment of its
 * own (full jitter), for a quarter of an hour at most. Every other error is thrown at once.
 */
export async function patiently<T>(
  send: () => Promise<T>,
  { signal, onWait = () => {} }: Patience,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (let longest = firstWaitMs; ; longest = Math.min(2 * longest, longestWaitMs)) {
    const wait = longest * (0.5 + Math.random() / 2);
    try {
      return await send();
    } catch (error) {
      if (!isNamed(error, ...throttled) || Date.now() > end) throw error;
    }
    onWait("AWS says that the rate is exceeded", wait);
    await sleep(wait, undefined, signal ? { signal } : {});
  }
}
