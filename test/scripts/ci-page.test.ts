import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/place.ts";

const page = readFileSync(join(root, "docs", "ci.md"), "utf8");

/** The code of the page, each block without the indentation that it has as a part of something. */
const blocks = [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].map(
  ([, , language = "", text = ""]) => {
    const indent = /^ */.exec(text)?.[0] ?? "";
    return { language, text: text.replaceAll(new RegExp(`^${indent}`, "gm"), "") };
  },
);

describe("docs/ci.md", () => {
  it("has YAML that parses", () => {
    const yaml = blocks.filter(({ language }) => language === "yaml");
    expect(yaml.length).toBeGreaterThan(4);
    for (const { text } of yaml) expect(parse(text)).toBeTypeOf("object");
  });
});
