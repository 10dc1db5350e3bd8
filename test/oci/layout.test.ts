import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLayout } from "../../src/oci/layout.ts";
import { digestOf, maxManifestBytes, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { blobsOf, readTree } from "../../src/oci/tree.ts";
import { type Content, writeLayout } from "../support/layout.ts";

let directory: string;
let content: Content;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "layout-"));
  content = writeLayout(directory, { attestations: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const fileOf = (digest: Digest) => join(directory, "blobs", ...digest.split(":"));

async function firstLayer() {
  const layout = await openLayout(directory);
  const [blob] = blobsOf((await readTree(layout.root, layout)).nodes);
  if (blob === undefined) throw new Error("no blob");
  return { layout, blob };
}

describe("a layout", () => {
  it("gives its one image, manifests and blobs byte for byte", async () => {
    const layout = await openLayout(directory);
    expect(layout.root).toEqual(content.root);
    const { nodes } = await readTree(layout.root, layout);
    for (const { manifest } of nodes)
      expect(manifest.bytes).toEqual(content.blobs.get(manifest.digest));
    for (const blob of blobsOf(nodes)) {
      expect(await buffer(await layout.blob(blob))).toEqual(content.blobs.get(blob.digest));
    }
    expect(nodes.length + blobsOf(nodes).length).toBe(content.blobs.size);
  });

  it("may name its image twice", async () => {
    const manifests = [content.root, { ...content.root, annotations: { name: "again" } }];
    write("index.json", JSON.stringify({ manifests }));
    expect((await openLayout(directory)).root.digest).toBe(content.root.digest);
  });
});

describe("what is no layout of one image", () => {
  const other = { ...{ mediaType: mediaTypes.ociIndex, size: 0 }, digest: digestOf("other") };

  it.each([
    [
      "a version from the future",
      "oci-layout",
      { imageLayoutVersion: "2.0.0" },
      "'2.0.0' is not 1.0.0",
    ],
    ["a marker that is no object", "oci-layout", null, "its oci-layout is not an object"],
    ["no list of manifests", "index.json", {}, "its index.json lists no manifests"],
    ["no image", "index.json", { manifests: [] }, "it holds 0 images instead of 1"],
    ["an entry that is none", "index.json", { manifests: [null] }, "no usable descriptor"],
    [
      "a digest that is none",
      "index.json",
      { manifests: [{ ...other, digest: "x" }] },
      "no usable",
    ],
    ["no media type", "index.json", { manifests: [{ ...other, mediaType: 1 }] }, "no usable"],
    ["no size", "index.json", { manifests: [{ ...other, size: null }] }, "no usable"],
    ["less than no size", "index.json", { manifests: [{ ...other, size: -1 }] }, "no usable"],
  ])("%s", async (_what, file, value, why) => {
    write(file, JSON.stringify(value));
    await expect(openLayout(directory)).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
      message: expect.stringContaining(why),
    });
  });

  it("two images", async () => {
    write("index.json", JSON.stringify({ manifests: [content.root, other] }));
    await expect(openLayout(directory)).rejects.toThrow("it holds 2 images instead of 1");
  });

  it.each(["oci-layout", "index.json"])("no %s, or half of one", async (file) => {
    write(file, '{"imageLayout');
    await expect(openLayout(directory)).rejects.toThrow(`its ${file} cannot be read`);
    rmSync(join(directory, file));
    await expect(openLayout(directory)).rejects.toThrow(`it has no ${file}`);
  });

  it.each(["oci-layout", "index.json"])("what is no file as its %s, or too long", async (file) => {
    rmSync(join(directory, file));
    symlinkSync("/dev/zero", join(directory, file));
    await expect(openLayout(directory)).rejects.toThrow(`its ${file} is no file`);
    rmSync(join(directory, file));
    write(file, " ".repeat(maxManifestBytes + 1));
    await expect(openLayout(directory)).rejects.toThrow(`its ${file} has 4194305 bytes`);
  });

  it("nothing, or a file; and nobody is told to remove what is his own", async () => {
    const invalid = { code: "LAYOUT_INVALID", suggestions: [expect.not.stringContaining("rm ")] };
    await expect(openLayout(join(directory, "nowhere"))).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining("there is no such directory"),
    });
    await expect(openLayout(join(directory, "index.json"))).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining("it is no directory"),
    });
  });
});

describe("a layout that was tampered with", () => {
  it("has a manifest with other bytes", async () => {
    const bytes =
      content.blobs.get(content.root.digest)?.toString().replace("amd64", "AMD64") ?? "";
    writeFileSync(fileOf(content.root.digest), bytes);
    const layout = await openLayout(directory);
    await expect(layout.manifest(layout.root)).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
  });

  it("has a manifest with other bytes under a sha512 name", async () => {
    const digest = `sha512:${"0".repeat(128)}` as const;
    write("index.json", JSON.stringify({ manifests: [{ ...content.root, digest }] }));
    writeLayout(directory, {
      root: { ...content.root, digest },
      blobs: new Map([[digest, Buffer.from("{}")]]),
    });
    const layout = await openLayout(directory);
    await expect(layout.manifest(layout.root)).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
  });

  it("has a manifest too large to be one", async () => {
    writeFileSync(fileOf(content.root.digest), Buffer.alloc(maxManifestBytes + 1));
    const layout = await openLayout(directory);
    await expect(layout.manifest(layout.root)).rejects.toMatchObject({ code: "MANIFEST_INVALID" });
  });

  it("has a blob of another size", async () => {
    const { layout, blob } = await firstLayer();
    writeFileSync(fileOf(blob.digest), "short");
    await expect(layout.blob(blob)).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
      message: expect.stringContaining(`has 5 bytes instead of ${blob.size}`),
    });
  });

  it.each(["/dev/zero", "."])("has %s for a blob and a manifest", async (other) => {
    const { layout, blob } = await firstLayer();
    rmSync(fileOf(blob.digest));
    symlinkSync(other, fileOf(blob.digest));
    const noFile = { code: "CONTENT_CORRUPT", message: expect.stringContaining("is no file") };
    await expect(layout.blob(blob)).rejects.toMatchObject(noFile);
    await expect(layout.manifest(blob)).rejects.toMatchObject(noFile);
  });

  it("lacks a blob", async () => {
    const { layout, blob } = await firstLayer();
    rmSync(fileOf(blob.digest));
    const missing = { code: "NOT_FOUND", message: `${directory} has no ${blob.digest}` };
    await expect(layout.blob(blob)).rejects.toMatchObject(missing);
    await expect(layout.manifest(blob)).rejects.toMatchObject(missing);
  });
});
