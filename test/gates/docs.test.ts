import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/place.ts";
import { advice } from "../../src/gates/contents/advice.ts";

test("docs/gates.md has every code of the contents, size, signature and consumer gates", () => {
  const page = readFileSync(join(root, "docs", "gates.md"), "utf8");
  const codesOf = (file: string) => {
    const text = readFileSync(join(root, "src", "gates", file), "utf8");
    return [...text.matchAll(/code: .*/g)].flatMap(([line]) => line.match(/[A-Z]+_[A-Z_]+/g) ?? []);
  };
  const files = ["signature/findings.ts", "consumer/findings.ts"].map(codesOf);
  const text = readFileSync(join(root, "src", "gates", "size", "findings.ts"), "utf8");
  const sizes = text.match(/(?<=")(?:SIZE|GROWTH)_[A-Z]+(?=")/g) ?? [];
  const codes = [...Object.keys(advice), ...sizes, ...files.flat()];
  expect(Math.min(...files.map(({ length }) => length))).toBeGreaterThan(4);
  expect(codes.length).toBeGreaterThan(35);
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const missing = codes.filter((code) => !rows.some((row) => row.includes(`\`${code}\``)));
  expect(missing).toEqual([]);
});
