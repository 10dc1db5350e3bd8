import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ContextFacts } from "../../src/dockerfile/context.ts";
import { lint } from "../../src/dockerfile/lint.ts";
import { rules } from "../../src/dockerfile/rules.ts";
import { readDockerfile } from "../../src/dockerfile/stages.ts";

const folder = join(import.meta.dirname, "corpus");

/** What lies in the context where the rule is about that. */
const contexts: Readonly<Record<string, ContextFacts>> = {
  CONTEXT_LEAKS: { leaks: [{ path: ".env", kind: "credentials" }], locks: [] },
  IGNORE_FILE_MISSING: { leaks: [{ path: ".git", kind: "git" }], locks: [] },
};

function findingsIn(text: string, context?: ContextFacts) {
  const file = readDockerfile(text, { args: {}, contexts: ["runtime"] });
  return lint(file, { pin: "tag", ignore: [], context });
}

/** `=== found LEVEL: why` or `=== silent: why`, and a Dockerfile below each. */
function casesOf(path: string) {
  const parts = readFileSync(path, "utf8").split(/^=== /m).slice(1);
  return parts.map((part) => {
    const [title = "", ...lines] = part.split("\n");
    const [, level] = /^found (\w+)/.exec(title) ?? [];
    return { title, level, text: lines.join("\n") };
  });
}

const files = globSync(join(folder, "rules", "*.txt"));
const codes = files.map((path) => basename(path, ".txt"));

it("has cases of every rule", () => {
  expect(codes.sort()).toEqual(Object.keys(rules).sort());
});

describe.each(files.map((path) => [basename(path, ".txt"), casesOf(path)] as const))(
  "%s",
  (code, cases) => {
    it("is found at times, and at times is not", () => {
      expect(new Set(cases.map(({ level }) => level !== undefined)).size).toBe(2);
    });

    it.each(cases.map((one) => [one.title, one] as const))("%s", (_, { level, text }) => {
      for (const variant of [text, text.replaceAll("\n", "\r\n"), `\uFEFF${text}`]) {
        const found = findingsIn(variant, contexts[code]).filter((one) => one.code === code);
        expect([...new Set(found.map((one) => one.level))]).toEqual(level ? [level] : []);
      }
    });
  },
);

describe("Dockerfiles that are well written, and those in the manner of official images", () => {
  const whole = globSync(join(folder, "{good,official}", "*.Dockerfile"));

  it("are many", () => {
    expect(whole.length).toBeGreaterThanOrEqual(20);
  });

  it.each(whole.map((path) => [path.slice(folder.length + 1), path]))("%s", (_, path) => {
    const context = { ignoreFile: ".dockerignore", leaks: [], locks: [] };
    const found = findingsIn(readFileSync(path, "utf8"), context);
    expect(found.filter(({ level }) => level !== "info")).toEqual([]);
  });
});
