import { describe, expect, it } from "vitest";
import { wrappedRows } from "../../../src/cli/terminal/live-screen.ts";
import { canMove } from "../../../src/cli/terminal/screen.ts";

describe("lines move", () => {
  it.each([{}, { CI: "" }, { CI: "0" }, { CI: "false" }, { TERM: "xterm" }])("with %j", (env) => {
    expect(canMove(env)).toBe(true);
  });

  it.each([{ CI: "true" }, { CI: "1" }, { CI: "woodpecker" }, { TERM: "dumb" }])(
    "not with %j",
    (env) => expect(canMove(env)).toBe(false),
  );
});

it("knows the rows that a narrower terminal has made of lines", () => {
  const lines = ["a".repeat(79), "b".repeat(40), "", "c".repeat(41)];
  expect([100, 80, 79, 78, 40, 20].map((width) => wrappedRows(lines, width))).toEqual([
    0, 0, 0, 1, 2, 6,
  ]);
});
