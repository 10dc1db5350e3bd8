import { expect, it } from "vitest";
import { columns } from "../../../src/cli/terminal/units.ts";

const digest = `sha256:${"0".repeat(64)}`;

it("what has no room in its column hangs further left, with what ends it", () => {
  const lines = columns([["LAYOUT_DOUBLED", `the layouts a (${digest}, linux/amd64) and b`]], {
    width: 90,
  });
  expect(lines).toEqual([
    "  LAYOUT_DOUBLED  the layouts a",
    `${" ".repeat(90 - digest.length - 2)}(${digest},`,
    "                  linux/amd64) and b",
  ]);
});

it("what has no room beside its label stands below it", () => {
  expect(columns([["a long label to be read", `${digest} is it`]], { width: 80 })).toEqual([
    "  a long label to be read",
    `${" ".repeat(80 - digest.length)}${digest}`,
    "                           is it",
  ]);
});

it("what has no room at all begins at the left", () => {
  expect(columns([["label", `it is ${digest}`]], { width: 40 })).toEqual([
    "  label  it is",
    digest,
  ]);
});
