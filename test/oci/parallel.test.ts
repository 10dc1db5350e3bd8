import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { atMost, eachOf, mapEach } from "../../src/oci/parallel.ts";

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

describe("mapEach", () => {
  it("answers in the order of the items, whichever ends first", async () => {
    const work = async (ms: number) => {
      await sleep(ms);
      return `${ms}`;
    };
    expect(await mapEach([20, 1, 10], 3, work)).toEqual(["20", "1", "10"]);
  });
});

describe("atMost", () => {
  it("does everything, in its order, and never more than the limit at a time", async () => {
    const begun: number[] = [];
    let now = 0;
    let most = 0;
    const inTurn = atMost(2);
    const doubled = [5, 1, 4, 2, 3].map((item) =>
      inTurn(async () => {
        begun.push(item);
        now += 1;
        most = Math.max(most, now);
        await sleep(item);
        now -= 1;
        return item * 2;
      }),
    );
    expect(await Promise.all(doubled)).toEqual([10, 2, 8, 4, 6]);
    expect(begun).toEqual([5, 1, 4, 2, 3]);
    expect(most).toBe(2);
    expect(await inTurn(async () => "later")).toBe("later");
  });

  it("begins nothing after an error", async () => {
    const inTurn = atMost(1);
    const fail = () => Promise.reject(new Error("one"));
    const two = () => expect.fail("begun");
    const all = await Promise.allSettled([inTurn(fail), inTurn(two), inTurn(two)]);
    expect(all.map((one) => one.status === "rejected" && String(one.reason))).toEqual(
      Array.from({ length: 3 }, () => "Error: one"),
    );
  });
});
