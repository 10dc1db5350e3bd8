import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/config/json-schema.ts";

interface Part {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Part>>;
}

const published = join(import.meta.dirname, "../../slipway.schema.json");

describe("slipway.schema.json", () => {
  test("is what the schema says; else run: node scripts/write-schema.ts && npm run format", () => {
    expect(JSON.parse(readFileSync(published, "utf8"))).toEqual(jsonSchema());
  });

  test("describes every key", () => {
    const bare: string[] = [];
    const walk = (part: Part, path: string): void => {
      for (const [name, field] of Object.entries(part.properties ?? {})) {
        if (typeof field.description !== "string") bare.push(`${path}${name}`);
        walk(field, `${path}${name}.`);
      }
    };
    const { lifecycle, ...properties } = (jsonSchema() as Part).properties ?? {};
    expect(Object.keys(properties).length).toBeGreaterThan(5);
    walk({ properties }, "");
    expect(bare).toEqual([]);
    expect(lifecycle?.description).toBeTypeOf("string");
  });
});
