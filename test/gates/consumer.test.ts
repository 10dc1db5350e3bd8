import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { judgeConsumers } from "../../src/gates/consumer/judge.ts";
import { readTree } from "../../src/oci/tree.ts";
import { stagesOf } from "../../src/release/gate.ts";
import { buildSpec } from "../support/build-spec.ts";
import { type ImageShape, makeImage } from "../support/layout.ts";

const nowhere = join(tmpdir(), "slipway-no-such-cache");
const place = { cacheDir: nowhere, now: () => new Date() };

/** `mayRead`: whether a layer may be read. */
async function subject(shape: ImageShape, mayRead = false) {
  const { root, blobs } = makeImage(shape);
  const manifest = async ({ digest, mediaType }: { digest: string; mediaType: string }) => ({
    bytes: blobs.get(digest as never) as Buffer,
    digest: digest as never,
    mediaType,
  });
  const blob = async ({ digest }: { digest: string }) => {
    const bytes = blobs.get(digest as never) as Buffer;
    if (!mayRead && bytes[0] !== "{".charCodeAt(0)) throw new Error("a layer is read");
    return Readable.from([bytes]);
  };
  const tree = await readTree(root, { manifest });
  return { spec: buildSpec(), image: { tree, source: { manifest, blob } } };
}

test("AWS Lambda is given no index, be it of platforms or of one image and its attestation", async () => {
  const platforms = await subject({});
  const attested = await subject({ platforms: ["linux/arm64"], attestations: true });
  const found = await Promise.all(
    [platforms, attested].map((one) => judgeConsumers({ for: ["lambda"] }, one, place)),
  );
  const indexes = found.map(({ findings }) =>
    findings.flatMap(({ code, message }) => (code === "LAMBDA_INDEX" ? [message] : [])),
  );
  expect(indexes).toEqual([
    ["an index of 2 platforms"],
    ["an index of 1 platform with attestations"],
  ]);
});

test("the others take an index, and one platform of it is enough", async () => {
  const { findings, summary } = await judgeConsumers(
    { for: ["ecs", "eks"] },
    await subject({}),
    place,
  );
  expect(findings.filter(({ level }) => level === "error")).toEqual([]);
  expect(summary).toBe("2 images for ecs, eks");
  const mixed = await subject({ platforms: ["linux/arm/v7", "linux/arm64/v8"] });
  const errors = await judgeConsumers({ for: ["fargate"] }, mixed, place);
  const alone = await subject({ platforms: ["linux/arm64"] });
  expect((await judgeConsumers({ for: ["ecs"] }, alone, place)).summary).toBe("1 image for ecs");
  expect(errors.findings.filter(({ level }) => level === "error")).toEqual([]);
});

test("nobody is given an image for a machine that it has not", async () => {
  const { findings } = await judgeConsumers(
    { for: ["fargate", "lambda"] },
    await subject({ platforms: ["linux/s390x"] }),
    place,
  );
  expect(
    findings.flatMap(({ code, reason }) => (code === "PLATFORM_UNSUPPORTED" ? [reason] : [])),
  ).toEqual([
    "fargate runs linux/amd64, linux/arm64, windows/amd64",
    "lambda runs linux/amd64, linux/arm64",
  ]);
});

test("an image that starts nothing by itself is told of, and refused by nobody", async () => {
  const { findings } = await judgeConsumers(
    { for: ["ecs"] },
    await subject({ platforms: ["linux/amd64"] }),
    place,
  );
  expect(findings.map(({ code, level, place }) => [code, level, place])).toEqual([
    ["COMMAND_MISSING", "warning", "linux/amd64"],
  ]);
});

describe("what AWS Lambda takes unpacked, here 1 MB", () => {
  const limit = { bytes: 1_000_000, ratio: 20 };
  const found = async (shape: ImageShape, mayRead: boolean) => {
    const cacheDir = mkdtempSync(join(tmpdir(), "slipway-gates-"));
    try {
      const one = await subject({ platforms: ["linux/arm64"], ...shape }, mayRead);
      const judged = await judgeConsumers({ for: ["lambda"] }, one, { ...place, cacheDir }, limit);
      return judged.findings.flatMap(({ code, message }) =>
        code === "LAMBDA_TOO_LARGE" ? [message] : [],
      );
    } finally {
      rmSync(cacheDir, { recursive: true });
    }
  };
  const mixed = { layers: [60_000, 900_000, 900_000], zeros: true };

  test("layers are read where the limit is near, and counted together", async () => {
    expect(await found({ layers: [400_000, 500_000] }, true)).toEqual([]);
    expect(await found({ layers: [499_000, 499_000] }, true)).toEqual([
      expect.stringMatching(/when all layers are unpacked$/),
    ]);
  });

  test("no layer is read where the image is too large already, or too small to be", async () => {
    expect(await found({ layers: [600_000, 600_000] }, false)).toEqual([
      expect.stringMatching(/of layers, and more when they are unpacked$/),
    ]);
    expect(await found({ layers: [40_000] }, false)).toEqual([]);
    // What is compressed more than 20 : 1 is not looked for: see docs/gates.md.
    expect(await found(mixed, false)).toEqual([]);
    await expect(found({ layers: [60_000] }, false)).rejects.toThrow("a layer is read");
  });
});

test("an index is refused for AWS Lambda before it is built, where the gate can refuse", async () => {
  const wish = (mode: "on" | "warn", skipped = false) =>
    ({ gate: "consumer", mode, skipped, settings: { for: ["lambda"] } }) as const;
  const one = buildSpec({ platforms: ["linux/arm64"], provenance: "none" });
  expect(stagesOf(wish("on"), buildSpec())).toEqual(["source", "layout"]);
  expect(stagesOf(wish("on"), { ...one, sbom: true })).toEqual(["source", "layout"]);
  expect(stagesOf(wish("on"), one)).toEqual(["layout"]);
  expect(stagesOf(wish("warn"), buildSpec())).toEqual(["layout"]);
  expect(stagesOf(wish("on", true), buildSpec())).toEqual(["layout"]);
  const { findings } = await judgeConsumers({ for: ["lambda"] }, { spec: buildSpec() }, place);
  expect(findings).toMatchObject([
    { code: "LAMBDA_INDEX", message: "an index of 2 platforms with attestations" },
  ]);
});
