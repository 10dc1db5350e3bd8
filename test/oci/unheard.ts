import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect } from "vitest";

const events = ["unhandledRejection", "uncaughtException", "warning"] as const;

/** After every test of a file: no rejection that nobody handled, no warning of too many listeners. */
export function expectNothingUnheard(): void {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => {
    unheard.push(error);
  };
  beforeEach(() => {
    for (const event of events) process.on(event, hear);
  });
  afterEach(async () => {
    await sleep(5);
    for (const event of events) process.off(event, hear);
    expect(unheard.splice(0)).toEqual([]);
  });
}
