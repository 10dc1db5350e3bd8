import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { judgeConsumers } from "../../src/gates/consumer.ts";
import { readTree } from "../../src/oci/tree.ts";
import { buildSpec } from "../support/build-spec.ts";
import { type ImageShape, makeImage } from "../support/layout.ts";

async function subject(shape: ImageShape) {
  const { root, blobs } = makeImage(shape);
  const manifest = async ({ digest, mediaType }: { digest: string; mediaType: string }) => ({
    bytes: blobs.get(digest as never) as Buffer,
    digest: digest as never,
    mediaType,
  });
  const blob = async ({ digest }: { digest: string }) => {
    const bytes = blobs.get(digest as never) as Buffer;
    if (bytes[0] !== "{".charCodeAt(0)) throw new Error("a layer is read");
    return Readable.from([bytes]);
  };
  const tree = await readTree(root, { manifest });
  return { spec: buildSpec(), image: { tree, source: { manifest, blob } } };
}

test("AWS Lambda is given no index, be it of platforms or of one image and its attestation", async () => {
  const platforms = await subject({});
  const attested = await subject({ platforms: ["linux/arm64"], attestations: true });
  const found = await Promise.all(
    [platforms, attested].map((one) => judgeConsumers({ for: ["lambda"] }, one)),
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
  const { findings, summary } = await judgeConsumers({ for: ["ecs", "eks"] }, await subject({}));
  expect(findings.filter(({ level }) => level === "error")).toEqual([]);
  expect(summary).toBe("2 images for ecs, eks");
  const mixed = await subject({ platforms: ["linux/arm/v7", "linux/arm64/v8"] });
  const errors = await judgeConsumers({ for: ["fargate"] }, mixed);
  expect(errors.findings.filter(({ level }) => level === "error")).toEqual([]);
});

test("nobody is given an image for a machine that it has not", async () => {
  const { findings } = await judgeConsumers(
    { for: ["fargate", "lambda"] },
    await subject({ platforms: ["linux/s390x"] }),
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
  );
  expect(findings.map(({ code, level, place }) => [code, level, place])).toEqual([
    ["COMMAND_MISSING", "warning", "linux/amd64"],
  ]);
});
