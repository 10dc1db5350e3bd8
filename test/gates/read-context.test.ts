import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readContext } from "../../src/gates/dockerfile/read-context.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-context-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function seen(files: readonly string[], ignore?: string, own?: string) {
  const texts = new Map([
    ...files.map((file): [string, string] => [file, ""]),
    ...(ignore === undefined ? [] : ([[".dockerignore", ignore]] as const)),
    ...(own === undefined ? [] : ([["Dockerfile.dockerignore", own]] as const)),
  ]);
  for (const [file, text] of texts) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  const facts = await readContext(dir, join(dir, "Dockerfile"));
  return { ...facts, leaks: facts?.leaks.map(({ path }) => path).sort() };
}

const files = [".env", ".git/HEAD", "src/node_modules/a/index.js", "deploy/id_rsa", "src/index.ts"];

test("without an ignore file all that should not leave leaves", async () => {
  const { leaks, ignoreFile } = await seen(files);
  expect(leaks).toEqual([".env", ".git", "deploy/id_rsa", "src/node_modules"]);
  expect(ignoreFile).toBeUndefined();
});

test("what is no pattern fits nothing, and the others hold", async () => {
  const lines = ["[", "![a", "[z-a]", "a".repeat(5_000_000), "*a".repeat(20_000), "*"];
  expect((await seen(files, lines.join("\n"))).leaks).toEqual([]);
});

test.each([
  ["names", ".git\n.env\n**/node_modules\ndeploy\n"],
  ["what is in them", ".git/**\n**/.env*\n**/node_modules/**\n**/id_*\n"],
  ["all but what is named", "*\n!src/*.ts\n"],
  [
    "comments, spaces and Windows line ends",
    "# no\r\n.git \r\n/.env\r\n**/node_modules/\r\ndeploy/\r\n",
  ],
])("an ignore file keeps them back by %s", async (_, ignore) => {
  expect((await seen(files, ignore)).leaks).toEqual([]);
});

test("a pattern without ** is for the top alone, and an exception brings back", async () => {
  expect((await seen(files, "node_modules\n.git\n.env\ndeploy\n!deploy/id_rsa\n")).leaks).toEqual([
    "deploy/id_rsa",
    "src/node_modules",
  ]);
});

test("the ignore file beside the Dockerfile outranks that of the context", async () => {
  const { leaks, ignoreFile } = await seen(files, "*\n", ".git\n**/node_modules\ndeploy\n");
  expect(leaks).toEqual([".env"]);
  expect(ignoreFile).toBe("Dockerfile.dockerignore");
});

test("examples are no secrets, and a context that is not here says nothing", async () => {
  expect((await seen([".env.example", "ca.pem", "package-lock.json"])).leaks).toEqual([]);
  expect(await readContext(join(dir, "none"), join(dir, "Dockerfile"))).toBeUndefined();
});
