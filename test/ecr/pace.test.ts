import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { pace } from "../../src/ecr/pace.ts";

/** When each of `count` starts that are asked for at once may begin, in milliseconds. */
async function startsOf(paced: () => Promise<void>, count: number): Promise<number[]> {
  const begin = performance.now();
  return await Promise.all(
    Array.from({ length: count }, async () => {
      await paced();
      return performance.now() - begin;
    }),
  );
}

it("lets as many start at once as a second brings, then one for each that comes back", async () => {
  const starts = await startsOf(pace(10), 14);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  // Later is no mistake on a busy machine, but for the last: that would be a window and no bucket.
  for (const [at, ms] of starts.entries()) expect(ms).toBeGreaterThanOrEqual((at - 9) * 100 - 2);
  expect(starts.at(-1)).toBeLessThan(1000);
});

it("saves no more than a second's worth while nobody asks", async () => {
  const paced = pace(20);
  await startsOf(paced, 20);
  await sleep(1200);
  const [last] = (await startsOf(paced, 22)).slice(-1);
  expect(last).toBeGreaterThanOrEqual(98);
});

it("stops waiting when it is told to", async () => {
  const paced = pace(1);
  await paced();
  await expect(paced(AbortSignal.abort())).rejects.toMatchObject({ code: "INTERRUPTED" });
});
