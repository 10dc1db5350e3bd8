import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import { isTransient, retrying, retryingUnlessDone, TooFast } from "../../src/oci/retry.ts";

const passing = new SlipwayError("REGISTRY_UNAVAILABLE", "come back later");

const tooFast = new SlipwayError("REGISTRY_UNAVAILABLE", "Rate exceeded", { cause: new TooFast() });

/** Fails with each of these in turn, and then answers. */
function failing(...errors: readonly unknown[]) {
  const left = [...errors];
  const attempt = vi.fn(async () => {
    if (left.length > 0) throw left.shift();
    return "done";
  });
  return attempt;
}

const never = async () => false;

describe("retrying", () => {
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(0);
  });
  afterEach(() => vi.restoreAllMocks());

  it.each([
    ["what passes", [passing, passing, passing, passing], "done", 5],
    ["what does not pass in five attempts", Array(5).fill(passing), passing, 5],
    ["what is too fast, for longer", Array(40).fill(tooFast), "done", 41],
    [
      "what was too fast, and does not pass in five attempts",
      [tooFast, passing, tooFast, passing, passing, passing, tooFast, passing],
      passing,
      8,
    ],
    ["nothing that will not change", [new SlipwayError("ACCESS_DENIED", "no")], "ACCESS_DENIED", 1],
    ["no bug of ours", [new TypeError("bug")], "bug", 1],
  ])("tries again %s", async (_what, errors, outcome, attempts) => {
    const attempt = failing(...errors);
    const ended = await retrying(attempt, undefined).catch((error) => error);
    expect([ended, ended.code, ended.message]).toContain(outcome);
    expect(attempt).toHaveBeenCalledTimes(attempts);
  });

  it("waits before every attempt but the first, and longer each time", async () => {
    const waits: number[] = [];
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const began = performance.now();
    const attempt = async () => {
      waits.push(performance.now() - began);
      throw passing;
    };
    await expect(retryingUnlessDone(attempt, never, undefined, [passing])).rejects.toBe(passing);
    // Up to 0.2, 0.4, 0.8 and 1.6 s, of which chance takes a hundredth here.
    expect(waits[0]).toBeGreaterThan(1);
    expect(waits.at(-1)).toBeGreaterThan(25);
  });

  it("waits out what is too fast for a quarter of an hour, up to 20 seconds each time", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const waits: number[] = [];
    const attempt = failing(...Array(100).fill(tooFast.reworded("it is too fast")));
    const ended = retryingUnlessDone(attempt, never, undefined, [], (_, ms) => {
      waits.push(ms);
      vi.advanceTimersByTime(10_000);
    });
    await expect(ended).rejects.toThrow("it is too fast");
    expect(attempt).toHaveBeenCalledTimes(91);
    vi.spyOn(Math, "random").mockReturnValue(0.000_01);
    await retryingUnlessDone(failing(...Array(9).fill(tooFast)), never, undefined, [], (_, ms) => {
      waits.push(ms);
    });
    expect(waits.at(-1)).toBeCloseTo(0.2);
  });

  it("tries again what was too fast after an attempt of longer than a quarter of an hour", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const attempt = failing(tooFast, tooFast);
    const slow = async () => {
      vi.advanceTimersByTime(16 * 60_000);
      return await attempt();
    };
    expect(await retrying(slow, undefined)).toBe("done");
  });

  it("counts the attempts that were made elsewhere", async () => {
    const attempt = failing(passing, passing, passing, passing);
    await expect(retryingUnlessDone(attempt, never, undefined, [passing])).rejects.toBe(passing);
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it("says before every wait why, also what went wrong elsewhere", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    const said: string[] = [];
    const earlier = new SlipwayError("REGISTRY_UNAVAILABLE", "reset");
    await retryingUnlessDone(failing(passing), never, undefined, [earlier], (why) =>
      said.push(why),
    );
    expect(said).toEqual(["reset", passing.message]);
  });

  it("stops with the signal, in a wait and before one", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.99);
    const stop = new AbortController();
    const attempt = failing(passing, passing);
    const trying = retrying(attempt, stop.signal);
    setTimeout(() => stop.abort(), 5);
    await expect(trying).rejects.toMatchObject({ code: "INTERRUPTED" });
    await expect(retrying(failing(passing), stop.signal)).rejects.toBe(passing);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe("retryingUnlessDone", () => {
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(0);
  });
  afterEach(() => vi.restoreAllMocks());

  it("asks before every attempt but the first, until it is done", async () => {
    const attempt = failing(passing, passing, passing);
    const isDone = vi.fn(async () => isDone.mock.calls.length === 2);
    expect(await retryingUnlessDone(attempt, isDone, undefined)).toBe(undefined);
    expect([attempt, isDone].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  });

  it("does not ask again what has no answer", async () => {
    const attempt = failing(passing, passing);
    const isDone = vi.fn(() => Promise.reject(passing));
    await expect(retryingUnlessDone(attempt, isDone, undefined)).rejects.toBe(passing);
    expect([attempt, isDone].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });
});

describe("isTransient", () => {
  it("holds for one code alone", () => {
    expect(isTransient(passing)).toBe(true);
    expect(isTransient(new SlipwayError("REGISTRY_FAILED", "no"))).toBe(false);
    expect(isTransient(Object.assign(new Error("x"), { code: "ECONNRESET" }))).toBe(false);
  });
});
