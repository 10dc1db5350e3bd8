import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/place.ts";
import { advice } from "../../src/gates/contents/advice.ts";

test("docs/gates.md has every code of the contents and size gates", () => {
  const page = readFileSync(join(root, "docs", "gates.md"), "utf8");
  const text = readFileSync(join(root, "src", "gates", "size", "findings.ts"), "utf8");
  const sizes = text.match(/"(?:SIZE|GROWTH)_[A-Z]+"/g) ?? [];
  const codes = [...Object.keys(advice), ...sizes.map((code) => code.slice(1, -1))];
  expect(codes.length).toBeGreaterThan(25);
  const missing = codes.filter((code) => !page.includes(`| \`${code}\` |`));
  expect(missing).toEqual([]);
});
