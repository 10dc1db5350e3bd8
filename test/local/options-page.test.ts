import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (file: string) => readFileSync(join(import.meta.dirname, "../..", file), "utf8");

it("every option of the library is in the table of its page", () => {
  const [, options = ""] =
    /^export interface LocalEcrOptions \{\n(.*?)^\}/ms.exec(read("src/local/options.ts")) ?? [];
  const names = [...options.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name);
  const [, table = ""] = /^\| option \| does \|\n(.*?)\n\n/ms.exec(read("docs/local-ecr.md")) ?? [];
  const told = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(names.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(names.toSorted());
});
