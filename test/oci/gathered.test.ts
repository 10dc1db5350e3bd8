import { expect, it } from "vitest";
import { gathered } from "../../src/oci/gathered.ts";

it("asks at once for what is asked for at the same time, each once", async () => {
  const asked: (readonly string[])[] = [];
  const ask = gathered<string, number>(async (keys) => {
    asked.push(keys);
    return new Map(keys.filter((key) => key !== "none").map((key) => [key, key.length]));
  });
  expect(await Promise.all([ask("a"), ask("bb"), ask("a"), ask("none")])).toEqual([
    ...[1, 2, 1],
    undefined,
  ]);
  expect(await ask("a")).toBe(1);
  expect(asked).toEqual([["a", "bb", "none"], ["a"]]);
});

it("tells everyone who asked what went wrong, and asks anew", async () => {
  let tries = 0;
  const ask = gathered<string, string>(async () => {
    tries += 1;
    if (tries === 1) throw new Error("down");
    return new Map([["a", "there"]]);
  });
  const both = await Promise.allSettled([ask("a"), ask("b")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await ask("a")).toBe("there");
});
