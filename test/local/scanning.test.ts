import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchGetRepositoryScanningConfigurationCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  GetRegistryScanningConfigurationCommand,
  PutImageScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFindings } from "../../src/local/findings-file.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  indexOf,
  ociIndex,
  openRepository,
  type RepositoryClient,
  refusal,
} from "./registry.ts";

const repositoryName = "team/app";
const now = new Date("2026-03-01T12:00:00Z");
const bad = [
  { name: "CVE-2026-1", severity: "CRITICAL", description: "very", uri: "https://example.com" },
  { name: "CVE-2026-2", severity: "LOW" },
] as const;
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
let repository: RepositoryClient;

beforeAll(async () => {
  const findings = [{ repository: "team/*", tag: "bad*", findings: bad }];
  ecr = await startLocalEcr({ now: () => now, findings });
  client = ecrClient(ecr);
  repository = await openRepository(client, repositoryName);
});
afterAll(() => ecr.close());

const scan = (imageTag: string) =>
  client.send(new StartImageScanCommand({ repositoryName, imageId: { imageTag } }));
const describeFindings = (imageTag: string, more: object = {}) =>
  client.send(
    new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag }, ...more }),
  );

describe("a scan", () => {
  test("finds what it was told to find, and counts it", async () => {
    await repository.pushImage("bad", "bad-1");
    expect(await refusal(describeFindings("bad-1"))).toMatch(/^ScanNotFoundException: Image scan/);
    expect((await scan("bad-1")).imageScanStatus?.status).toBe("IN_PROGRESS");
    expect(await describeFindings("bad-1")).toMatchObject({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: {
        imageScanCompletedAt: now,
        findingSeverityCounts: { CRITICAL: 1, LOW: 1 },
        findings: bad,
      },
    });
    const first = await describeFindings("bad-1", { maxResults: 1 });
    expect(first.imageScanFindings?.findings).toHaveLength(1);
    const second = await describeFindings("bad-1", { nextToken: first.nextToken });
    expect(second.imageScanFindings?.findings?.[0]?.name).toBe("CVE-2026-2");
    const imageIds = [{ imageTag: "bad-1" }];
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds }),
    );
    expect(imageDetails?.[0]).toMatchObject({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindingsSummary: { findingSeverityCounts: { CRITICAL: 1, LOW: 1 } },
    });
  });

  test("is one a day for each image, and none for an index", async () => {
    const image = await repository.pushImage("good", "good");
    await scan("good");
    expect((await describeFindings("good")).imageScanFindings?.findings).toEqual([]);
    expect(await refusal(scan("good"))).toMatch(/^LimitExceededException: The scan quota/);
    await repository.putManifest(indexOf([image]), { type: ociIndex, reference: "index" });
    expect(await refusal(scan("index"))).toMatch(/^UnsupportedImageTypeException/);
  });

  test("happens on push where the repository, or the registry, says so", async () => {
    const imageScanningConfiguration = { scanOnPush: true };
    await client.send(
      new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }),
    );
    await repository.pushImage("pushed", "bad-pushed");
    expect((await describeFindings("bad-pushed")).imageScanFindings?.findings).toHaveLength(2);
    const repositoryFilters = [{ filter: "team/*", filterType: "WILDCARD" as const }];
    const rules = [{ scanFrequency: "MANUAL" as const, repositoryFilters }];
    await client.send(new PutRegistryScanningConfigurationCommand({ scanType: "BASIC", rules }));
    const { scanningConfiguration } = await client.send(
      new GetRegistryScanningConfigurationCommand({}),
    );
    expect(scanningConfiguration).toEqual({ scanType: "BASIC", rules });
    await repository.pushImage("pushed again", "bad-manual");
    expect(await refusal(describeFindings("bad-manual"))).toMatch(/^ScanNotFoundException/);
    const { scanningConfigurations, failures } = await client.send(
      new BatchGetRepositoryScanningConfigurationCommand({
        repositoryNames: [repositoryName, "nowhere"],
      }),
    );
    expect(scanningConfigurations?.[0]).toMatchObject({
      scanFrequency: "MANUAL",
      appliedScanFilters: repositoryFilters,
    });
    expect(failures?.[0]?.failureCode).toBe("REPOSITORY_NOT_FOUND");
  });
});

test.each([
  ["BASIC", /^InvalidParameterException: .*'rules.1.member.scanFrequency'/],
  [undefined, /^InvalidParameterException: .*'rules.1.member.scanFrequency'/],
  ["ENHANCED", /^no error$/],
] as const)("%s scanning and scans that never end: %s", async (scanType, answer) => {
  const repositoryFilters = [{ filter: "*", filterType: "WILDCARD" as const }];
  const rules = [{ scanFrequency: "CONTINUOUS_SCAN" as const, repositoryFilters }];
  const put = new PutRegistryScanningConfigurationCommand({ scanType, rules });
  expect(await refusal(client.send(put))).toMatch(answer);
});

test("a filter is taken or refused by ECR's pattern, and at once however long it is", async () => {
  const put = (filter: string) =>
    client.send(
      new PutRegistryScanningConfigurationCommand({
        rules: [
          {
            scanFrequency: "MANUAL",
            repositoryFilters: [{ filter, filterType: "WILDCARD" }],
          },
        ],
      }),
    );
  const ofEcr = /^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$/;
  for (const filter of [
    "a",
    "*",
    "a*b",
    "a/b-c.d_e",
    "a--b",
    "a_",
    "/a",
    "a/*/b",
    "**",
    "A",
    "-",
  ]) {
    const refused = await refusal(put(filter));
    expect([filter, refused === "no error"]).toEqual([filter, ofEcr.test(filter)]);
  }
  const long = `${"a".repeat(60)}_`;
  expect(await refusal(put(long))).toMatch(/^InvalidParameterException/);
});

test("findings are read from a file, and what is wrong with one is said", () => {
  const folder = mkdtempSync(join(tmpdir(), "findings-"));
  const file = join(folder, "findings.json");
  const read = (value: unknown) => {
    writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
    return () => readFindings(file);
  };
  try {
    expect(read([{ tag: "1.*", findings: bad }])()).toEqual([{ tag: "1.*", findings: bad }]);
    expect(read("no")).toThrow("it must be a file of JSON");
    expect(read({})).toThrow("is not a list of rules");
    expect(read([{ tag: "x" }])).toThrow("rule 1, has no list of 'findings'");
    expect(read([{ tags: "x", findings: [] }])).toThrow("has 'tags', expected");
    expect(read([{ findings: [{ name: "x", severity: "BAD" }] }])).toThrow("has a finding without");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
