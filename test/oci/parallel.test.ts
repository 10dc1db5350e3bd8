import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eachOf } from "../../src/oci/parallel.ts";

describe("eachOf", () => {
  it("does everything once, and never more than the limit at a time", async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await eachOf([5, 1, 4, 2, 3], 2, async (item) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(item);
      now -= 1;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it("begins nothing after an error, waits for what has begun, and throws the error", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      if (item === 2) throw new Error("two");
      await sleep(10);
      ended.push(item);
    };
    await expect(eachOf([1, 2, 3, 4], 2, work)).rejects.toThrow("two");
    expect({ begun, ended }).toEqual({ begun: [1, 2], ended: [1] });
  });

  it("has nothing to do for no items", async () => {
    await eachOf([], 4, () => Promise.reject(new Error("asked")));
  });
});
