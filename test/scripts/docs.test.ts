import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/place.ts";
import { commandsPage } from "../../scripts/write-docs.d/commands-page.ts";
import { configurationPage, wholeExample } from "../../scripts/write-docs.d/configuration-page.ts";
import { errorsPage } from "../../scripts/write-docs.d/errors-page.ts";
import { keysOf, type SchemaPart } from "../../scripts/write-docs.d/schema-keys.ts";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { readRequest } from "../../src/config/load.ts";
import { codes } from "../../src/errors.ts";
import { noteCodes, problemCodes } from "../../src/release/problem.ts";

const { properties = {} } = jsonSchema() as SchemaPart;
const keys = Object.entries(properties).flatMap(([name, part]) => keysOf(name, part));

describe("the pages that are made from the code", () => {
  it.each([
    ["commands.md", commandsPage],
    ["errors.md", errorsPage],
    ["configuration.md", configurationPage],
  ])("docs/%s is what the code says; else run: node scripts/write-docs.ts", async (name, page) => {
    expect(readFileSync(join(root, "docs", name), "utf8")).toBe(await page());
  });
});

describe("docs/errors.md", () => {
  const sources = globSync("{src,commands}/**/*.ts", { cwd: root })
    .filter((file) => !["src/errors.ts", "src/release/problem.ts"].includes(file))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");

  it.each([
    ["error", codes],
    ["problem", problemCodes],
    ["note", noteCodes],
  ])("names no %s that nothing can give", (_, table) => {
    const unused = Object.keys(table).filter((code) => !sources.includes(`"${code}"`));
    expect(unused).toEqual([]);
  });
});

describe("docs/configuration.md", () => {
  it("describes every key with its type and an example", () => {
    expect(keys.length).toBeGreaterThan(40);
    const bare = keys.filter(
      ({ type, about, examples }) => !type || !about || examples.length === 0,
    );
    expect(bare.map(({ key }) => key)).toEqual([]);
  });

  it.each(keys.flatMap(({ key, examples }) => examples.map((example) => [key, example] as const)))(
    "has an example that loads: %s, %s",
    async (key, example) => {
      const text = JSON.stringify(nested(key, parse(example)));
      expect(await mistakesOf(text)).toEqual([]);
    },
  );

  it("begins with a file that loads", async () => {
    expect(await mistakesOf(wholeExample)).toEqual([]);
    const missing = Object.keys(properties).filter((name) => !wholeExample.includes(`${name}:`));
    expect(missing).toEqual([]);
  });
});

/** `build.secrets[].id` and `{id: npm}` → `{build: {secrets: [{id: npm}]}}`, and what that needs beside it. */
function nested(key: string, value: object): object {
  const parents = key.split(".").slice(0, -1);
  const [name = ""] = key.split(".").slice(-1);
  const whole = { ...beside[key], ...value };
  return parents.reduceRight<object>(
    (inner, parent) =>
      parent.endsWith("[]") ? { [parent.slice(0, -2)]: [inner] } : { [parent]: inner },
    name in value ? whole : value,
  );
}

const region = { region: "eu-west-1" };
const role = { ...region, role: "arn:aws:iam::012345678901:role/release" };
const beside: Readonly<Record<string, object>> = {
  "build.secrets[].id": { env: "TOKEN" },
  "build.secrets[].file": { id: "npm" },
  "build.secrets[].env": { id: "npm" },
  "targets[].account": region,
  "targets[].profile": region,
  "targets[].role": region,
  "targets[].externalId": role,
  "targets[].sessionName": role,
  "repository.mutability": { mutabilityExclusions: ["latest*"] },
  "repository.mutabilityExclusions": { mutability: "IMMUTABLE_WITH_EXCLUSION" },
  "repository.encryption.kmsKey": { type: "KMS" },
  "gates.consumer.mode": { for: ["ecs"] },
  "gates.smoke.services.from": { names: ["db"] },
  "gates.smoke.services.names": { from: "compose.yaml" },
  "gates.scan.ignore[].id": { reason: "not called", until: "2027-03-31" },
  "gates.scan.ignore[].reason": { id: "CVE-2026-1234", until: "2027-03-31" },
  "gates.scan.ignore[].until": { id: "CVE-2026-1234", reason: "not called" },
};

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
});

async function mistakesOf(text: string) {
  const loaded = await readRequest({
    text,
    projectDir: "/nowhere",
    overrides: { image: "app", regions: ["eu-west-1"] },
    readFile: async () => policy,
  });
  return "errors" in loaded ? loaded.errors : [];
}
