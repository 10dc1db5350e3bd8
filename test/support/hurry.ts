import { Socket } from "node:net";

/** So many times sooner a limit is over. */
const haste = 60;
/** What is shorter is no limit of anybody's patience. */
const limitMs = 4000;

/**
 * Lets a client's limits of waiting be over soon, in timers and at connections, until it is disposed of. A server in this
 * process stays as patient as it is.
 */
export function hurriedLimits(): Disposable {
  const { setTimeout: timer } = globalThis;
  const { setTimeout: silence } = Socket.prototype;
  const sooner = (ms = 0) => (ms < limitMs ? ms : ms / haste);
  const hurried = (work: () => void, ms?: number, ...args: []) => timer(work, sooner(ms), ...args);
  globalThis.setTimeout = Object.assign(hurried, timer) as typeof timer;
  Socket.prototype.setTimeout = function (this: Socket & { server?: unknown }, ms, ...args) {
    return silence.call(this, this.server ? ms : sooner(ms), ...args);
  };
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = timer;
      Socket.prototype.setTimeout = silence;
    },
  };
}
