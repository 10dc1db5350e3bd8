import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { imageBefore, readConfigs, runnableImages } from "../../src/gates/images.ts";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { readTree } from "../../src/oci/tree.ts";
import { type Content, makeImage } from "../support/layout.ts";

function treeOf({ root, blobs }: Content) {
  const bytesOf = (digest: Digest) => blobs.get(digest) ?? Buffer.alloc(0);
  const manifest = async ({ digest, mediaType }: Pick<Descriptor, "digest" | "mediaType">) => ({
    ...{ bytes: bytesOf(digest), digest, mediaType },
  });
  const blob = async ({ digest }: Pick<Descriptor, "digest">) =>
    Readable.from([bytesOf(digest)]) as AsyncIterable<Buffer>;
  return readTree(root, { manifest }).then((tree) => ({ tree, source: { manifest, blob } }));
}

/** Adds a manifest or blob to the content. */
function added({ blobs }: Content, value: object, mediaType: string) {
  const bytes = Buffer.from(JSON.stringify(value));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, blobs: new Map([...blobs, [descriptor.digest, bytes]]) };
}

function indexed(content: Content, entries: readonly object[]): Content {
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  const { descriptor, blobs } = added(content, index, mediaTypes.ociIndex);
  return { root: descriptor, blobs };
}

const platforms = (tree: Parameters<typeof runnableImages>[0]) =>
  runnableImages(tree).map(({ platform }) => platform);

test("attestations are no images, and an index in an index counts with what it lists, each once", async () => {
  const attested = makeImage({ attestations: true });
  const { tree } = await treeOf(attested);
  expect(tree.nodes).toHaveLength(5);
  expect(platforms(tree)).toEqual(["linux/amd64", "linux/arm64"]);
  const nested = indexed(attested, [attested.root, attested.root]);
  expect(platforms((await treeOf(nested)).tree)).toEqual(["linux/amd64", "linux/arm64"]);
});

test("an attestation is known by its layers where the index lost what it said of it", async () => {
  const attested = makeImage({ attestations: true });
  const { tree } = await treeOf(attested);
  const bare = tree.nodes
    .map(({ manifest: { digest, bytes, mediaType } }) => ({
      digest,
      mediaType,
      size: bytes.length,
    }))
    .filter(({ digest }) => digest !== attested.root.digest);
  const images = runnableImages((await treeOf(indexed(attested, bare))).tree);
  expect(images.map(({ platform }) => platform)).toEqual([null, null]);
  expect(images.flatMap(({ manifest }) => manifest.layers.map((layer) => layer.mediaType))).toEqual(
    [mediaTypes.ociLayer, mediaTypes.ociLayer],
  );
});

test("what is no image to run is left out: a chart beside an image", async () => {
  const image = makeImage({ platforms: ["linux/amd64"] });
  const config = added(image, {}, "application/vnd.cncf.helm.config.v1+json");
  const chart = added(
    { ...image, blobs: config.blobs },
    { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: config.descriptor, layers: [] },
    mediaTypes.ociManifest,
  );
  const both = indexed({ ...image, blobs: chart.blobs }, [image.root, chart.descriptor]);
  expect(platforms((await treeOf(both)).tree)).toEqual(["linux/amd64"]);
});

test("an image without an index is known by its config", async () => {
  const index = makeImage({ platforms: ["linux/arm64/v8"] });
  const { tree } = await treeOf(index);
  const [image] = runnableImages(tree);
  if (image === undefined) throw new Error("no image");
  const { digest, mediaType, bytes } = image.stored;
  const alone = { ...index, root: { digest, mediaType, size: bytes.length } };
  const subject = await treeOf(alone);
  expect(platforms(subject.tree)).toEqual([null]);
  expect((await readConfigs(subject)).map(({ platform }) => platform)).toEqual(["linux/arm64/v8"]);
});

test.each<[string | null, (string | null)[], string | null | undefined]>([
  ["linux/arm64", ["linux/amd64", "linux/arm64/v8"], "linux/arm64/v8"],
  ["linux/arm64", ["linux/amd64"], undefined],
  ["linux/arm64", [null], null],
  [null, ["linux/amd64"], "linux/amd64"],
  [null, ["linux/amd64", "linux/arm64"], undefined],
])("%s has in the release before, of %j, the image of %s", (platform, all, before) => {
  const rest = { digest: digestOf("image"), bytes: 1, layers: [] };
  const platforms = all.map((one) => ({ platform: one, ...rest }));
  expect(imageBefore(platform, { version: "1.0.0", platforms })?.platform).toBe(before);
});
