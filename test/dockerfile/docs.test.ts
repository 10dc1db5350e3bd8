import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../scripts/place.ts";
import { ownCodes } from "../../src/dockerfile/lint.ts";
import { rules } from "../../src/dockerfile/rules.ts";

it("docs/gates.md lists every code of the Dockerfile gate, in the words of the code", () => {
  const page = readFileSync(join(root, "docs/gates.md"), "utf8");
  const [section = ""] = page.split("\n## dockerfile\n")[1]?.split("\n## ") ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual([
    ...Object.entries(rules).map(
      ([code, { level, about }]) => `| \`${code}\` | ${level} | ${about} |`,
    ),
    ...Object.entries(ownCodes).map(([code, means]) => `| \`${code}\` | ${means} |`),
  ]);
});
