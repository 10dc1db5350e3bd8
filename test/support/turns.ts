import type { Ecr } from "../../src/ecr/types.ts";
import type { World } from "../../src/release/world.ts";

/** Lets the ECR calls of several jobs happen one at a time, in an order that a schedule decides. */
export interface Turns {
  /** The same world, its ECR calls waiting for their turn; `leave` tells that the job makes no more. */
  join(job: number, world: World): World;
  leave(job: number): void;
  /** Which job made each call. */
  readonly order: readonly number[];
  /** How many jobs were ready each time one was picked: what a schedule could have said instead. */
  readonly ready: readonly number[];
}

/**
 * Picks, whenever every job that is still here waits with a call, the job that `schedule` says next; so a
 * schedule is one interleaving of the calls. Beyond its end the schedule starts again.
 */
export function turns(jobs: number, schedule: readonly number[]): Turns {
  const waiting = Array.from({ length: jobs }, (): (() => Promise<void>)[] => []);
  const here = new Set(waiting.keys());
  const order: number[] = [];
  const choices: number[] = [];
  let busy = false;

  async function next(): Promise<void> {
    const ready = [...here].filter((job) => waiting[job]?.length);
    if (busy || ready.length === 0 || ready.length < here.size) return;
    const wanted = schedule[order.length % schedule.length] ?? 0;
    const job = ready[wanted % ready.length] as number;
    busy = true;
    order.push(job);
    choices.push(ready.length);
    await waiting[job]?.shift()?.();
    // What follows from the answer, such as the next call, comes before the next turn.
    setImmediate(() => {
      busy = false;
      void next();
    });
  }

  function inTurn<T>(job: number, call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      waiting[job]?.push(() => call().then(resolve, reject));
      void next();
    });
  }

  return {
    order,
    ready: choices,
    join: (job, world) => ({
      ...world,
      ecr: (target) => {
        const ecr = world.ecr(target);
        return {
          ...ecr,
          taggedImages: (...args: Parameters<Ecr["taggedImages"]>) =>
            inTurn(job, () => ecr.taggedImages(...args)),
          manifests: (...args: Parameters<Ecr["manifests"]>) =>
            inTurn(job, () => ecr.manifests(...args)),
          tag: (...args: Parameters<Ecr["tag"]>) => inTurn(job, () => ecr.tag(...args)),
        };
      },
    }),
    leave(job) {
      here.delete(job);
      void next();
    },
  };
}
