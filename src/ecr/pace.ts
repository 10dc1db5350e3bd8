import { setTimeout as sleep } from "node:timers/promises";

/** Waits until one more start keeps within the pace. */
export type Pace = (signal?: AbortSignal) => Promise<void>;

/** Lets at most `perSecond` starts happen within any second, in the order they are asked for. */
export function pace(perSecond: number, now: () => number = Date.now): Pace {
  const starts: number[] = [];
  return async (signal) => {
    const before = starts.length >= perSecond ? (starts[starts.length - perSecond] ?? 0) : 0;
    const start = Math.max(now(), before + 1000);
    starts.push(start);
    if (starts.length > perSecond) starts.shift();
    const wait = start - now();
    if (wait > 0) await sleep(wait, undefined, signal && { signal });
  };
}
