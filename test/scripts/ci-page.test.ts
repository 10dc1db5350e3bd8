import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "@oclif/core";
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

/** Every call of Slipway in the page, and of a nested one its own part. */
const calls = page
  .split("\n")
  .flatMap((line) => [...line.matchAll(/(?:^\$ |run: |^ +- |-- )(slipway [a-z][^#`]*)/g)])
  .flatMap(([, call = ""]) => call.split(" -- "))
  .map((call) => call.trim());

describe("docs/ci.md", () => {
  it("has YAML that parses", () => {
    const yaml = blocks.filter(({ language }) => language === "yaml");
    expect(yaml.length).toBeGreaterThan(4);
    for (const { text } of yaml) expect(parse(text)).toBeTypeOf("object");
  });

  it("finds calls to look at", () => {
    expect(calls.length).toBeGreaterThan(7);
    expect(new Set(calls.map((call) => call.split(" ")[1]))).toEqual(
      new Set(["local", "release", "plan", "verify", "build"]),
    );
  });

  it.each(calls)("names flags that exist: %s", async (call) => {
    const [, name = "", ...words] = call.split(" ");
    const file = join(root, "commands", `${name}.ts`);
    const { default: command }: { default: Command.Class } = await import(file);
    const known = [...Object.keys({ ...command.baseFlags, ...command.flags }), "json"];
    const used = words.flatMap((word) => (word.startsWith("--") ? [word.slice(2)] : []));
    expect(used.filter((flag) => !known.includes(flag))).toEqual([]);
  });
});
