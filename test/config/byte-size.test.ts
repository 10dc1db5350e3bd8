import { expect, test } from "vitest";
import { byteSize, bytesOf } from "../../src/config/byte-size.ts";

test.each([
  ["200MB", 200_000_000],
  ["1.5 GiB", 1_610_612_736],
  ["10kB", 10_000],
  ["7B", 7],
])("%s is %i bytes", (text, bytes) => {
  expect(text).toMatch(byteSize);
  expect(bytesOf(text)).toBe(bytes);
});

test.each(["200", "MB", "-1MB", "1e3MB", "10%", "200mb"])("%s is no size", (text) => {
  expect(text).not.toMatch(byteSize);
});
