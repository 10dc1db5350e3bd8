import { describe, expect, test } from "vitest";
import { readYaml } from "../src/yaml.ts";

const text = `first: &base
  port: 0x1F
  deep: [1.50, { x: null }]
second:
  <<: *base
  own: yes
1.10: on
typed: { n: 1.50 }
`;

describe("readYaml", () => {
  const yaml = readYaml(text, { keepsTypes: (key) => key === "typed" });

  test("keeps numbers as they were written, but below the keys that keep their types", () => {
    const base = { port: "0x1F", deep: ["1.50", { x: null }] };
    expect(yaml.mistakes).toEqual([]);
    expect(yaml.value).toEqual({
      first: base,
      second: { ...base, own: "yes" },
      "1.10": "on",
      typed: { n: 1.5 },
    });
    expect(readYaml("1.50").value).toBe(1.5);
  });

  test.each([
    [[], "value", "1:1"],
    [["first"], "key", "1:1"],
    [["first", "deep", 1, "x"], "value", "3:21"],
    [["first", "deep", 1, "x"], "key", "3:18"],
    [["second", "own"], "key", "6:3"],
    [["second", "port"], "value", "2:9"],
    [["1.10"], "value", "7:7"],
    [["second", "absent", "below"], "value", "5:3"],
    [["absent"], "key", "1:1"],
  ] as const)("finds %j, its %s at %s", (path, part, place) => {
    const { line, column } = yaml.positionOf(path, part);
    expect(`${line}:${column}`).toBe(place);
  });

  test("is null for an empty text, and undefined where there are mistakes", () => {
    expect(readYaml("# nothing").value).toBeNull();
    const wrong = readYaml("a: !!js/function x");
    expect(wrong.value).toBeUndefined();
    expect(wrong.mistakes).toMatchObject([{ line: 1, column: 4 }]);
    const marked = readYaml("\uFEFFa: !!js/function x");
    expect(marked.mistakes).toMatchObject([{ line: 1, column: 4 }]);
  });
});

test("reads lines that end with a bare CR, and tells their places", () => {
  const old = readYaml("# as old editors of the Mac write\ra:\r  b: [1,\r    x]\r");
  expect(old.value).toEqual({ a: { b: [1, "x"] } });
  expect(old.positionOf(["a", "b", 1], "value")).toEqual({ line: 4, column: 5 });
  expect(readYaml("a: 1\r\nb: 2\rc: 3\n").value).toEqual({ a: 1, b: 2, c: 3 });
});

test.each([
  ["lists", "[".repeat(1_000_000)],
  ["maps", '{"a":'.repeat(100_000)],
  ["lists that close", "[".repeat(101) + "]".repeat(101)],
  ["lists on one line", `${"- ".repeat(101)}x`],
  ["keys on one line", `${"? ".repeat(101)}x`],
  ["lists behind ends of none", `${"]".repeat(200)}${"[".repeat(101)}`],
  ["lists behind marks of a text", "[\x1f".repeat(200)],
])("says where %s are nested without end", (_, nested) => {
  expect(readYaml(`a: 1\nb:\n ${nested}`)).toMatchObject({
    value: undefined,
    mistakes: [{ message: "nested more than 100 deep", line: 3 }],
  });
});

test("counts no bracket that is text, and none that is closed", () => {
  const lists = "[[]],".repeat(200);
  const text = `a: |\n  ${"[".repeat(200)}\nb: "${"{".repeat(200)}" # ${"[".repeat(200)}\nc: [${lists}]`;
  expect(readYaml(text).mistakes).toEqual([]);
});

test("tells of a brace too many, and not of every word after it", () => {
  const text = 'image: app\ntargets: [us-east-1]}\ntags:\n  version: ["{version}"]\nbuild: .\n';
  expect(readYaml(text).mistakes).toMatchObject([{ line: 2, column: 21 }]);
});
