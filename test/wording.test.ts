import { describe, expect, test } from "vitest";
import { nearestWord, showPath, showValue } from "../src/wording.ts";

describe("nearestWord", () => {
  const known = ["context", "noCache", "cacheFrom", "ssh", "args"];
  test.each([
    ["no-cache", "noCache"],
    ["NOCACHE", "noCache"],
    ["contxt", "context"],
    ["cachefrm", "cacheFrom"],
    ["arg", "args"],
    ["foo", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ])("of %j is %j", (word, nearest) => {
    expect(nearestWord(word, known)).toBe(nearest);
  });

  test("is none where nothing is known", () => {
    expect(nearestWord("x", [])).toBeUndefined();
  });
});

test.each([
  ["a", "'a'"],
  ['it\'s "so"\n', `'it's \\"so\\"\\n'`],
  ["y".repeat(61), `'${"y".repeat(57)}…'`],
  [1.5, "1.5"],
  [true, "true"],
  [null, "nothing"],
  [undefined, "nothing"],
  [[], "an empty list"],
  [["a"], "a list"],
  [{}, "an object"],
])("showValue(%j) is %s", (value, shown) => {
  expect(showValue(value)).toBe(shown);
});

test("showPath writes a path as people do", () => {
  expect(showPath(["rules", 0, "selection", "tagPatternList", 1])).toBe(
    "rules[0].selection.tagPatternList[1]",
  );
  expect(showPath([])).toBe("");
});
