import { describe, expect, test } from "vitest";
import { foreignText, nearestWord, showPath, showValue } from "../src/wording.ts";

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

describe("what somebody else said", () => {
  test.each([
    ["no basic auth credentials\n", "no basic auth credentials"],
    [
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>',
      "NoSuchKey The key does not exist.",
    ],
    [
      "<!DOCTYPE html>\r\n<html><head><title>404 Not Found</title><style>p { x: y }</style></head>\n<body><script>alert(1)</script><h1>Not\tFound</h1></body></html>",
      "404 Not Found Not Found",
    ],
    ["a < b, and\u001b[31m red\u001b[0m\u0007 \u202ebidi\u2028line", "a < b, and red bidi line"],
    ["<html><p>cut o", "cut o"],
    ["<html", ""],
  ])("%j is repeated on one line: %s", (text, line) => {
    expect(foreignText(text)).toBe(line);
  });

  test("is cut where it goes on and on", () => {
    expect(foreignText("x".repeat(5000))).toHaveLength(500);
    expect(foreignText(`<html>${"<p".repeat(30_000)}`).length).toBeLessThanOrEqual(500);
  });
});
