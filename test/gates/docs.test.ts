import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/place.ts";
import { advice } from "../../src/gates/contents/advice.ts";

test("docs/gates.md has every code of the contents gate", () => {
  const page = readFileSync(join(root, "docs", "gates.md"), "utf8");
  const missing = Object.keys(advice).filter((code) => !page.includes(`| \`${code}\` |`));
  expect(missing).toEqual([]);
});
