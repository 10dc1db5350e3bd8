import { expect, test } from "vitest";
import { digestOf, mediaTypes, parseManifest } from "../../src/oci/manifest.ts";
import { isOfKind, lacking, statementsIn } from "../../src/oci/statements.ts";
import { readTree } from "../../src/oci/tree.ts";
import { type Content, makeImage } from "../support/layout.ts";

const spdx = "https://spdx.dev/Document";
const slsa = "https://slsa.dev/provenance/v1";

async function treeOf({ root, blobs }: Content) {
  return await readTree(root, {
    manifest: async ({ digest, mediaType }) => ({
      bytes: blobs.get(digest) ?? Buffer.alloc(0),
      digest,
      mediaType,
    }),
  });
}

test.each([
  ["sbom", spdx, true],
  ["sbom", `${spdx}/v2.3`, true],
  ["sbom", "https://spdx.dev/Documentary", false],
  ["sbom", "https://cyclonedx.org/bom", true],
  ["sbom", "https://cyclonedx.org/bom/v1.5", true],
  ["sbom", slsa, false],
  ["provenance", slsa, true],
  ["provenance", "https://slsa.dev/provenance/v0.2", true],
  ["provenance", "https://example.com/https://slsa.dev/provenance/v1", false],
  ["provenance", "", false],
] as const)("as %s counts %s: %s", (kind, predicateType, expected) => {
  expect(isOfKind({ predicateType }, kind)).toBe(expected);
});

test("each statement is about the image that the index says, and an image without one is named", async () => {
  const tree = await treeOf(makeImage({ attestations: true, predicates: [slsa, spdx] }));
  const [amd, arm] = tree.nodes.flatMap(({ manifest: { digest, bytes, mediaType } }) => {
    const parsed = parseManifest(bytes, mediaType);
    return parsed.kind === "image" && !parsed.layers[0]?.mediaType.includes("in-toto")
      ? [{ digest }]
      : [];
  });
  if (!amd || !arm) expect.fail("two platforms were made");
  const statements = statementsIn(tree);
  expect(statements.map(({ predicateType }) => predicateType)).toEqual([slsa, spdx, slsa, spdx]);
  expect(lacking([amd, arm], "sbom", statements)).toEqual([]);
  const others = statements.filter(({ about }) => about !== arm.digest);
  expect(lacking([amd, arm], "sbom", others)).toEqual([arm]);
  expect(statementsIn(await treeOf(makeImage({})))).toEqual([]);
});

test("what buildx states alike of two platforms is one manifest, and about both", async () => {
  const { root, blobs } = makeImage({ attestations: true });
  const index = JSON.parse(String(blobs.get(root.digest)));
  const [amd, arm, one, other] = index.manifests;
  index.manifests = [amd, arm, one, { ...other, digest: one.digest, size: one.size }];
  const bytes = Buffer.from(JSON.stringify(index));
  const whole = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length };
  const content = { root: whole, blobs: new Map([...blobs, [whole.digest, bytes]]) };
  const statements = statementsIn(await treeOf(content));
  expect(statements.map(({ about }) => about)).toEqual([amd.digest, arm.digest]);
});
