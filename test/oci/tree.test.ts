import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import {
  blobsOf,
  joinTrees,
  levelsOf,
  readTree,
  readTreeWith,
  treeWithout,
} from "../../src/oci/tree.ts";
import { makeImage } from "../support/layout.ts";
import { blob, image, index, type Manifests, put, sourceOf } from "./manifests.ts";

describe("readTree", () => {
  it("reads an image of buildx, children before parents, each blob once", async () => {
    const { root, blobs } = makeImage({ attestations: true });
    const tree = await readTree(root, sourceOf(blobs));
    expect(tree.root).toBe(root.digest);
    expect(tree.nodes.length).toBe(5);
    expect(tree.nodes.at(-1)?.children.length).toBe(4);
    const all = [
      ...tree.nodes.map(({ manifest }) => manifest.digest),
      ...blobsOf(tree.nodes).map(({ digest }) => digest),
    ];
    expect(all.sort()).toEqual([...blobs.keys()].sort());
  });

  it("reads nested indexes, and what is named twice once", async () => {
    const manifests: Manifests = new Map();
    const shared = put(manifests, image("shared"));
    const inner = put(manifests, index(shared));
    const root = put(manifests, index(inner, shared));
    const source = sourceOf(manifests);
    const { nodes } = await readTree(root, source);
    expect(nodes.map(({ manifest }) => manifest.digest)).toEqual(
      [shared, inner, root].map(({ digest }) => digest),
    );
    expect(source.asked.length).toBe(3);
    expect(blobsOf(nodes).map(({ digest }) => digest)).toEqual([digestOf("shared"), blob.digest]);
  });

  it("takes what an index names and is no manifest for a blob", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, index(blob));
    const [node] = (await readTree(root, sourceOf(manifests))).nodes;
    expect(node).toMatchObject({ children: [], blobs: [blob] });
  });

  it("believes the manifest's own media type, which the registry is told", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, image("one"));
    const { nodes } = await readTree({ digest: root.digest, mediaType: "" }, sourceOf(manifests));
    expect(nodes[0]?.manifest.mediaType).toBe(mediaTypes.ociManifest);
  });

  it("puts the largest blobs first", () => {
    const sized = [1, 3, 2].map((size) => ({ ...blob, digest: digestOf(`${size}`), size }));
    const node = {
      manifest: { bytes: Buffer.of(), mediaType: "", digest: blob.digest },
      children: [],
      blobs: sized,
    };
    expect(blobsOf([node, node]).map(({ size }) => size)).toEqual([3, 2, 1]);
  });
});

describe("a manifest that is none", () => {
  const place = { name: "/layout", remedy: ["make it anew"] };

  it("is named, and mended where it lies", async () => {
    const manifests: Manifests = new Map();
    const bad = put(manifests, { ...image("bad"), layers: [{ ...blob, size: -5 }] } as never);
    const source = { ...sourceOf(manifests), place };
    await expect(readTree(put(manifests, index(bad)), source)).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      message: `/layout: ${bad.digest} is not a usable image manifest: layers[0].size -5 is not a number of bytes`,
      suggestions: place.remedy,
    });
    const liar = put(manifests, index({ ...bad, size: 1 }));
    await expect(readTree(liar, source)).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
      suggestions: place.remedy,
    });
    const good = put(manifests, image("good"));
    const twice = put(manifests, index(good, { ...good, size: 1 }));
    await expect(readTree(twice, source)).rejects.toMatchObject({ suggestions: place.remedy });
  });
});

describe("a tree that lies", () => {
  const corrupt = { code: "CONTENT_CORRUPT" };

  it("about a size", async () => {
    const manifests: Manifests = new Map();
    const child = put(manifests, image("one"));
    const root = put(manifests, index({ ...child, size: child.size + 1 }));
    await expect(readTree(root, sourceOf(manifests))).rejects.toMatchObject({
      ...corrupt,
      message: expect.stringContaining(`has ${child.size} bytes instead of ${child.size + 1}`),
    });
  });

  it.each(["sha256", "sha512"])(
    "about a %s digest: a cycle can be no other way",
    async (algorithm) => {
      const hex = createHash(algorithm).update("").digest("hex");
      const digest = `${algorithm}:${hex}` as Digest;
      const ofSize = (size: number) => {
        const root = { mediaType: mediaTypes.ociIndex, digest, size };
        return { root, circle: Buffer.from(JSON.stringify(index(root))) };
      };
      const { root, circle } = ofSize(ofSize(100).circle.length);
      expect(circle).toHaveLength(root.size);
      await expect(readTree(root, sourceOf(new Map([[digest, circle]])))).rejects.toMatchObject({
        ...corrupt,
        message: expect.stringContaining("does not have its digest"),
      });
    },
  );

  it("about the size of what is named twice, the second time", async () => {
    const manifests: Manifests = new Map();
    const child = put(manifests, image("one"));
    const root = put(manifests, index(child, { ...child, size: child.size + 1 }));
    await expect(readTree(root, sourceOf(manifests))).rejects.toMatchObject(corrupt);
  });

  it.each([
    ["in one manifest", () => [[blob, { ...blob, size: 5 }]]],
    ["in one manifest, the lie first", () => [[{ ...blob, size: 5 }, blob]]],
    ["in two manifests", () => [[blob], [{ ...blob, size: 5 }]]],
  ])("about the size of a blob that is named twice, %s", async (_, named) => {
    const manifests: Manifests = new Map();
    const children = named().map((layers, at) =>
      put(manifests, { ...image(`${at}`), layers } as never),
    );
    const root = put(manifests, index(...children));
    await expect(readTree(root, sourceOf(manifests))).rejects.toMatchObject({
      ...corrupt,
      message: expect.stringMatching(/named with [45] bytes and with [45]$/),
    });
  });

  it.each([
    ["an image is named as an index", image("one"), mediaTypes.ociIndex],
    ["an index is named as an image", index(), mediaTypes.dockerManifest],
  ])("about a kind: %s", async (_, said, mediaType) => {
    const manifests: Manifests = new Map();
    const child = put(manifests, said);
    const root = put(manifests, index({ ...child, mediaType }));
    await expect(readTree(root, sourceOf(manifests))).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      message: `manifest ${child.digest} is named as ${mediaType}, and is ${said.mediaType}`,
    });
  });

  it("about neither, where a docker image stands in an index of OCI's", async () => {
    const manifests: Manifests = new Map();
    const docker = put(manifests, { ...image("one"), mediaType: mediaTypes.dockerManifest });
    const root = put(manifests, index({ ...docker, mediaType: mediaTypes.ociManifest }));
    expect((await readTree(root, sourceOf(manifests))).nodes.length).toBe(2);
  });

  it("about a child's digest, by as many other bytes", async () => {
    const manifests: Manifests = new Map();
    const [child, other] = [put(manifests, image("one")), put(manifests, image("two"))];
    manifests.set(child.digest, manifests.get(other.digest) ?? Buffer.of());
    const root = put(manifests, index(child));
    await expect(readTree(root, sourceOf(manifests))).rejects.toMatchObject(corrupt);
  });
});

describe("readTreeWith", () => {
  /** Reads what is in `manifests`; `belongs` tells for a digest what belongs to it. */
  const readWith = (
    manifests: Manifests,
    root: Descriptor,
    belongs: ReadonlyMap<Digest, readonly Descriptor[]>,
  ) => readTreeWith(root, sourceOf(manifests), async (digest) => belongs.get(digest) ?? []);

  const digestsOf = ({ nodes }: { nodes: readonly { manifest: { digest: Digest } }[] }) =>
    nodes.map(({ manifest }) => manifest.digest);

  it("reads what belongs to the image, to its children and to that again, each after its subject", async () => {
    const manifests: Manifests = new Map();
    const child = put(manifests, image("child"));
    const root = put(manifests, index(child));
    const signature = put(manifests, { ...image("signature"), subject: child });
    const sbom = put(manifests, { ...image("sbom"), subject: root });
    const ofSbom = put(manifests, { ...image("signature of the sbom"), subject: sbom });
    const belongs = new Map([
      [child.digest, [signature]],
      [root.digest, [sbom]],
      [sbom.digest, [ofSbom]],
    ]);
    const tree = await readWith(manifests, root, belongs);
    expect(tree.root).toBe(root.digest);
    expect(digestsOf(tree).length).toBe(5);
    const levels = levelsOf(tree.nodes).map((level) => digestsOf({ nodes: level }));
    expect(levels).toEqual([
      [child.digest],
      expect.arrayContaining([root.digest, signature.digest]),
      [sbom.digest],
      [ofSbom.digest],
    ]);
  });

  it("ends when what belongs together is a ring", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, image("root"));
    const names = put(manifests, index(root));
    const belongs = new Map([
      [root.digest, [names]],
      [names.digest, [root, names]],
    ]);
    expect(digestsOf(await readWith(manifests, root, belongs))).toEqual([
      root.digest,
      names.digest,
    ]);
  });

  it("refuses a chain that does not end, and one that is as broad", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, image("0"));
    let at = 0;
    const next = () => put(manifests, image(`${++at}`));
    const source = sourceOf(manifests);
    await expect(readTreeWith(root, source, async () => [next()])).rejects.toThrow(
      /too many manifests/,
    );
    expect(at).toBeLessThan(20);
    const many = Array.from({ length: 2001 }, next);
    await expect(readTreeWith(root, source, async () => many)).rejects.toThrow(
      /too many manifests/,
    );
  });

  it("checks digest and size of what belongs to the image as of everything else", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, image("root"));
    const liar = put(manifests, image("liar"));
    const grown = new Map([[root.digest, [{ ...liar, size: liar.size + 1 }]]]);
    await expect(readWith(manifests, root, grown)).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
    });
    manifests.set(liar.digest, Buffer.from("{}"));
    const other = new Map([[root.digest, [liar]]]);
    await expect(readWith(manifests, root, other)).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
    });
  });
});

it("joins trees, what they share once", async () => {
  const manifests: Manifests = new Map();
  const shared = put(manifests, image("shared"));
  const one = await readTree(put(manifests, index(shared)), sourceOf(manifests));
  const two = await readTree(put(manifests, index(shared, shared)), sourceOf(manifests));
  const joined = joinTrees([one, two]);
  expect(joined.nodes.length).toBe(3);
  expect(levelsOf(joined.nodes).map((level) => level.length)).toEqual([1, 2]);
});

describe("treeWithout", () => {
  it("leaves out what is there, and keeps what something else names too", async () => {
    const manifests: Manifests = new Map();
    const own = put(manifests, image("own"));
    const shared = put(manifests, image("shared"));
    const there = put(manifests, index(own, shared));
    const lacking = put(manifests, index(shared));
    const source = sourceOf(manifests);
    const tree = joinTrees([await readTree(there, source), await readTree(lacking, source)]);
    const left = (...digests: Digest[]) =>
      treeWithout(tree, new Set(digests)).nodes.map(({ manifest }) => manifest.digest);
    expect(left(there.digest)).toEqual([shared.digest, lacking.digest]);
    expect(left(own.digest)).toHaveLength(4);
    expect(left(there.digest, lacking.digest)).toEqual([]);
  });
});
