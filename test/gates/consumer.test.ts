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
  const blob = () => Promise.reject(new Error("no blob is read"));
  const tree = await readTree(root, { manifest });
  return { spec: buildSpec(), image: { tree, source: { manifest, blob } } };
}

test("AWS Lambda is given no index, be it of platforms or of one image and its attestation", async () => {
  const platforms = await subject({});
  const attested = await subject({ platforms: ["linux/arm64"], attestations: true });
  const found = [platforms, attested].map(
    (one) => judgeConsumers({ for: ["lambda"] }, one).findings,
  );
  expect(found.map((findings) => findings.map(({ code, message }) => [code, message]))).toEqual([
    [["LAMBDA_INDEX", "an index of 2 platforms"]],
    [["LAMBDA_INDEX", "an index of 1 platforms with attestations"]],
  ]);
});

test("the others take an index", async () => {
  const { findings, summary } = judgeConsumers({ for: ["ecs", "eks"] }, await subject({}));
  expect(findings).toEqual([]);
  expect(summary).toBe("3 manifests for ecs, eks");
});
