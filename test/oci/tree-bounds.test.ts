import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Source } from "../../src/oci/content.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { blobsOf, maxTreeBytes, readTree, readTreeWith } from "../../src/oci/tree.ts";
import { blob, image, index, type Manifests, put, sourceOf } from "./manifests.ts";

describe("a tree too large", () => {
  const tooMany = {
    code: "MANIFEST_INVALID",
    message: expect.stringContaining("holds too many manifests"),
  };

  const nested = (depth: number) => {
    const manifests: Manifests = new Map();
    let root = put(manifests, image("leaf"));
    for (let at = 0; at < depth; at += 1) root = put(manifests, index(root));
    return readTree(root, sourceOf(manifests));
  };
  const wide = (width: number) => {
    const manifests: Manifests = new Map();
    const children = Array.from({ length: width }, (_, at) => put(manifests, image(`${at}`)));
    return readTree(put(manifests, index(...children)), sourceOf(manifests));
  };

  it("in depth", async () => {
    expect((await nested(8)).nodes.length).toBe(9);
    await expect(nested(9)).rejects.toMatchObject(tooMany);
  });

  it("in layers is none: ten thousand are read, each once, and no manifest is larger than it may be", async () => {
    const manifests: Manifests = new Map();
    const layers = Array.from({ length: 10_000 }, (_, at) => ({
      ...blob,
      digest: digestOf(`layer ${at}`),
    }));
    const many = { ...image("many"), layers: [...layers, ...layers.slice(0, 9)] };
    const root = put(manifests, many);
    expect(root.size).toBeLessThan(4 * 1024 * 1024);
    const { nodes } = await readTree(root, sourceOf(manifests));
    expect(blobsOf(nodes)).toHaveLength(layers.length + 1); // the config
  });

  /** Manifests of 4 MB each: one buffer, however many there are. */
  const heavy = (count: number) => {
    const bytes = Buffer.from(JSON.stringify({ ...image("heavy"), annotations: {} }).padEnd(4e6));
    const child = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: 4e6 };
    const manifests: Manifests = new Map([[child.digest, bytes]]);
    const others = Array.from({ length: count - 1 }, (_, at) => ({
      ...child,
      digest: digestOf(`${at}`),
    }));
    return { manifests, root: put(manifests, index(child, ...others)) };
  };

  it("in bytes: of 400 manifests of 4 MB none that is too much is read", async () => {
    const { manifests, root } = heavy(400);
    const source = sourceOf(manifests);
    await expect(readTree(root, source)).rejects.toMatchObject({
      ...tooMany,
      message: expect.stringMatching(`^${root.digest} holds .*more than ${maxTreeBytes} bytes`),
    });
    expect(source.asked.length).toBeLessThanOrEqual(17);
  });

  it("in bytes, where nobody said how large what belongs to it is", async () => {
    const manifests: Manifests = new Map();
    const root = put(manifests, image("root"));
    const belonging = Array.from({ length: 20 }, (_, at) => {
      const bytes = Buffer.from(JSON.stringify(image(`${at}`)).padEnd(4e6));
      manifests.set(digestOf(bytes), bytes);
      return { digest: digestOf(bytes), mediaType: "" };
    });
    const reading = readTreeWith(root, sourceOf(manifests), async () => belonging);
    await expect(reading).rejects.toMatchObject(tooMany);
  });

  it("is read sixteen at once", async () => {
    const manifests: Manifests = new Map();
    const children = Array.from({ length: 100 }, (_, at) => put(manifests, image(`${at}`)));
    const source = sourceOf(manifests);
    let now = 0;
    let most = 0;
    const manifest: Source["manifest"] = async (wanted) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(1);
      now -= 1;
      return await source.manifest(wanted);
    };
    const tree = await readTree(put(manifests, index(...children)), { manifest });
    expect([tree.nodes.length, most]).toEqual([101, 16]);
  });

  it("in number", async () => {
    expect((await wide(1999)).nodes.length).toBe(2000);
    await expect(wide(2000)).rejects.toMatchObject(tooMany);
  });
});
