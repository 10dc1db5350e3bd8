import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InitiateLayerUploadCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import { ecrClient } from "../registry.ts";
import { type Case, digestOf, openRegistry, type Registry } from "./case.ts";
import { discoveryCases, managementCases } from "./discovery.ts";
import { pullCases } from "./pull.ts";
import { pushBlobCases } from "./push-blobs.ts";
import { pushManifestCases } from "./push-manifests.ts";

const cases: Case[] = [
  ...pullCases,
  ...pushBlobCases,
  ...pushManifestCases,
  ...discoveryCases,
  ...managementCases,
];
const readme = readFileSync(join(import.meta.dirname, "../../../src/local/README.md"), "utf8");

describe.each([
  { way: "the specification's", spec: true },
  { way: "ECR's", spec: false },
])("$way way", ({ spec }) => {
  let ecr: LocalEcr;
  let registry: Registry;
  const faults: unknown[] = [];

  beforeAll(async () => {
    ecr = await startLocalEcr({ spec, onRequest: ({ error }) => error && faults.push(error) });
    registry = await openRegistry(ecr, { spec });
  });
  afterAll(async () => {
    await ecr.close();
    expect(faults).toEqual([]);
  });

  test.each(cases)("$section: $title", async ({ differs, run }) => {
    if (spec || differs === undefined) return await run(registry);
    const outcome = await run(registry).then(
      () => "met",
      () => "not met",
    );
    expect(outcome, `ECR differs: ${differs}`).toBe("not met");
  });
});

test("the API makes no repository by the specification's way either", async () => {
  await using ecr = await startLocalEcr({ spec: true });
  const command = new InitiateLayerUploadCommand({ repositoryName: "not/there" });
  const asked = ecrClient(ecr).send(command);
  await expect(asked).rejects.toThrow("The repository with name 'not/there' does not exist");
});

test("a token that comes is looked at, and who brings none is nobody to IAM", async () => {
  await using ecr = await startLocalEcr({ spec: true, deny: ["GetDownloadUrlForLayer"] });
  const authorization = `Basic ${Buffer.from("AWS:wrong").toString("base64")}`;
  const wrong = await fetch(`${ecr.registry}/v2/`, { headers: { authorization } });
  expect(wrong.status).toBe(400);
  const blob = `${ecr.registry}/v2/a1/blobs/${digestOf("anything")}`;
  const denied = (await (await fetch(blob)).json()) as { errors: [{ message: string }] };
  expect(denied.errors[0].message).toMatch(/^User: anonymous is not authorized to perform: ecr:/);
});

test("whatever ECR's way does not meet is a row of the README's table", () => {
  const rows = readme.split("\n").flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? []);
  const named = cases.flatMap(({ differs }) => differs ?? []);
  expect(named.filter((name) => !rows.includes(name))).toEqual([]);
});
