import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { factsCache } from "../../src/gates/layers/cache.ts";
import { digestOf } from "../../src/oci/manifest.ts";
import { factsOf, tarOf } from "../support/layer.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "slipway-facts-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const digest = digestOf("a layer");

test("facts come back as they were kept, and what was damaged does not", async () => {
  const facts = await factsOf(await tarOf([{ name: "ä/ñ", content: "x" }]));
  const cache = factsCache(directory);
  expect(await cache.find(digest)).toBeUndefined();
  await cache.keep(digest, facts);
  expect(await cache.find(digest)).toEqual(facts);
  const [file = ""] = globSync(join(directory, "*", "*.json"));
  writeFileSync(file, readFileSync(file, "utf8").replace('"troubles":[]', '"troubles":[1]'));
  expect(await cache.find(digest)).toBeUndefined();
});

test("a directory that cannot be written costs nothing but time", async () => {
  writeFileSync(join(directory, "file"), "");
  const cache = factsCache(join(directory, "file"));
  await cache.keep(digest, await factsOf(await tarOf([])));
  expect(await cache.find(digest)).toBeUndefined();
});
