import { expect, it } from "vitest";
import { pace } from "../../src/ecr/pace.ts";

it("lets no more than so many start within a second, in order and without waste", async () => {
  const paced = pace(5);
  const begin = performance.now();
  const starts = await Promise.all(
    Array.from({ length: 12 }, async (_, at) => {
      await paced();
      return { at, ms: performance.now() - begin };
    }),
  );
  expect(starts.filter(({ ms }) => ms < 900)).toHaveLength(5);
  expect(starts.filter(({ ms }) => ms < 1900)).toHaveLength(10);
  const inOrder = starts.toSorted((a, b) => a.ms - b.ms).map(({ at }) => Math.floor(at / 5));
  expect(inOrder).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
});

it("stops waiting when it is told to", async () => {
  const paced = pace(1);
  await paced();
  await expect(paced(AbortSignal.abort())).rejects.toThrow();
});
