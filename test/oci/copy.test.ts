import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { copyTree, startCopying } from "../../src/oci/copy.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Tree } from "../../src/oci/tree.ts";
import type { Content } from "../support/layout.ts";
import {
  asked,
  blobs,
  image,
  largest,
  type MemorySink,
  memorySink,
  memorySource,
  total,
  tree,
} from "./memory.ts";
import { expectNothingUnheard } from "./unheard.ts";

expectNothingUnheard();

describe("copying to sinks that have nothing", () => {
  it("reads each blob once for all of them, and gives each everything", async () => {
    const source = memorySource(image);
    const sinks = [memorySink(), memorySink(), memorySink()];
    const results = await copyTree(tree, source, sinks);
    const everything = {
      state: "copied",
      ...{ movedBytes: total, skippedBytes: 0, movedBlobs: blobs.length, skippedBlobs: 0 },
      ...{ mountedBytes: 0, mountedBlobs: 0, refusedMounts: 0 },
      movedManifests: tree.nodes.length,
    };
    expect(results).toEqual([everything, everything, everything]);
    expect(source.read.sort()).toEqual(blobs.map(({ digest }) => digest).sort());
    for (const sink of sinks) {
      for (const [digest, bytes] of [...sink.blobs, ...sink.manifests]) {
        expect(bytes).toEqual(image.blobs.get(digest));
      }
      expect(sink.blobs.size + sink.manifests.size).toBe(image.blobs.size);
    }
  });

  it("puts children before parents, and the root last", async () => {
    const sink = memorySink();
    await copyTree(tree, memorySource(image), [sink]);
    expect(asked(sink, "put-manifest").at(-1)).toBe(tree.root);
    expect(sink.asked.at(-1)).toBe(`put-manifest ${tree.root}`);
  });

  it("reports the bytes that leave, by sink", async () => {
    const sent = [0, 0];
    const report = (sink: number, bytes: number) => {
      sent[sink] = (sent[sink] ?? 0) + bytes;
    };
    await copyTree(tree, memorySource(image), [memorySink(), memorySink()], { report });
    expect(sent).toEqual([total, total]);
  });

  it("has nothing to do without sinks", async () => {
    const source = memorySource(image);
    expect(await copyTree(tree, source, [])).toEqual([]);
    expect(source.read).toEqual([]);
  });
});

describe("copying to sinks that have something", () => {
  it("asks one question of who has it all", async () => {
    const source = memorySource(image);
    const sink = memorySink({ has: image.blobs });
    const [result] = await copyTree(tree, source, [sink]);
    expect(result).toMatchObject({ state: "copied", movedManifests: 0, skippedBytes: total });
    expect(sink.asked).toEqual([`has-manifest ${tree.root}`]);
    expect(source.read).toEqual([]);
  });

  it("sends to each only what it lacks", async () => {
    const source = memorySource(image);
    const first = memorySink({ has: new Map([[largest.digest, Buffer.of()]]) });
    const second = memorySink();
    const [result] = await copyTree(tree, source, [first, second]);
    expect(result).toMatchObject({
      ...{ movedBlobs: blobs.length - 1, movedBytes: total - largest.size },
      ...{ skippedBlobs: 1, skippedBytes: largest.size },
    });
    expect(asked(first, "put-blob")).not.toContain(largest.digest);
    expect(source.read.filter((digest) => digest === largest.digest).length).toBe(1);
  });

  it("asks for no blob of a manifest that is there", async () => {
    const [leaf] = tree.nodes;
    if (leaf === undefined) throw new Error("no leaf");
    const named = leaf.blobs.map(({ digest }) => digest);
    const has = new Map([leaf.manifest.digest, ...named].map((digest) => [digest, Buffer.of()]));
    const sink = memorySink({ has });
    const [result] = await copyTree(tree, memorySource(image), [sink]);
    expect(result).toMatchObject({ state: "copied", movedManifests: tree.nodes.length - 1 });
    for (const digest of named) expect(sink.asked.join()).not.toContain(digest);
  });
});

describe("copying an image with what belongs to it", () => {
  const { config, layers } = { config: blobs.at(-1), layers: [largest] };
  const bytes = Buffer.from(JSON.stringify({ mediaType: mediaTypes.ociManifest, config, layers }));
  const signature = { bytes, digest: digestOf(bytes), mediaType: mediaTypes.ociManifest };
  const signed: Tree = {
    root: tree.root,
    nodes: [
      ...tree.nodes,
      { manifest: signature, children: [], blobs: [largest], subject: tree.root },
    ],
  };

  it("puts a signature after the image", async () => {
    const sink = memorySink();
    await copyTree(signed, memorySource(image), [sink]);
    expect(asked(sink, "put-manifest").slice(-2)).toEqual([tree.root, signature.digest]);
  });

  it("brings a signature to where the image is already, asking no more than for both", async () => {
    const sink = memorySink({ has: image.blobs });
    const [result] = await copyTree(signed, memorySource(image), [sink]);
    expect(result).toMatchObject({ state: "copied", movedManifests: 1, movedBlobs: 0 });
    expect(asked(sink, "has-manifest").sort()).toEqual([tree.root, signature.digest].sort());
  });

  it("brings the image to where only its signature is left", async () => {
    const has = new Map([[signature.digest, signature.bytes]]);
    const [result] = await copyTree(signed, memorySource(image), [memorySink({ has })]);
    expect(result).toMatchObject({ state: "copied", movedManifests: tree.nodes.length });
  });
});

describe("copying to sinks that may mount", () => {
  /** Mounts these alone, as a registry does whose neighbour has them. */
  function mounting(digests: readonly string[]) {
    const sink: MemorySink = memorySink({
      async mountBlob({ digest }) {
        sink.asked.push(`mount-blob ${digest}`);
        if (!digests.includes(digest)) return false;
        sink.blobs.set(digest, image.blobs.get(digest) as Buffer);
        return true;
      },
    });
    return sink;
  }

  it("reads nothing of what is mounted everywhere", async () => {
    const source = memorySource(image);
    const sink = mounting(blobs.map(({ digest }) => digest));
    const [result] = await copyTree(tree, source, [sink]);
    expect(result).toMatchObject({
      ...{ movedBytes: 0, movedBlobs: 0, skippedBlobs: 0, refusedMounts: 0 },
      ...{ mountedBytes: total, mountedBlobs: blobs.length, movedManifests: tree.nodes.length },
    });
    expect(source.read).toEqual([]);
    expect(asked(sink, "put-blob")).toEqual([]);
  });

  it("sends what is refused, once for all who lack it, and counts the refusals", async () => {
    const source = memorySource(image);
    const sinks = [mounting([largest.digest]), mounting([]), memorySink()];
    const results = await copyTree(tree, source, sinks);
    expect(results).toMatchObject([
      { mountedBlobs: 1, refusedMounts: blobs.length - 1, movedBytes: total - largest.size },
      { mountedBlobs: 0, refusedMounts: blobs.length, movedBytes: total },
      { mountedBlobs: 0, refusedMounts: 0, movedBytes: total },
    ]);
    expect(source.read.sort()).toEqual(blobs.map(({ digest }) => digest).sort());
  });

  it("tries none for what is there", async () => {
    const sink = mounting([]);
    for (const [digest, bytes] of image.blobs) sink.blobs.set(digest, bytes);
    await copyTree(tree, memorySource(image), [sink]);
    expect(asked(sink, "mount-blob")).toEqual([]);
  });

  it("mounts a blob that is offered before its image is whole", async () => {
    const source = memorySource(image);
    const sink = mounting([largest.digest]);
    const copying = startCopying([sink]);
    await copying.offer(largest, source);
    const [result] = await copying.finish(tree, source);
    expect(source.read).not.toContain(largest.digest);
    expect(result).toMatchObject({ mountedBlobs: 1, refusedMounts: blobs.length - 1 });
  });
});

describe("blobs of unusual size", () => {
  function treeOf(contents: readonly Buffer[]): { tree: Tree; content: Content } {
    const descriptors = contents.map((bytes) => ({
      mediaType: mediaTypes.ociLayer,
      digest: digestOf(bytes),
      size: bytes.length,
    }));
    const manifest = Buffer.from(
      JSON.stringify({
        mediaType: mediaTypes.ociManifest,
        config: descriptors[0],
        layers: descriptors,
      }),
    );
    const digest = digestOf(manifest);
    const stored = { bytes: manifest, digest, mediaType: mediaTypes.ociManifest };
    return {
      tree: { root: digest, nodes: [{ manifest: stored, children: [], blobs: descriptors }] },
      content: {
        root: { digest, mediaType: stored.mediaType, size: manifest.length },
        blobs: new Map(descriptors.map(({ digest: of }, at) => [of, contents[at] as Buffer])),
      },
    };
  }

  it.each([
    ["nothing", [Buffer.alloc(0)]],
    ["several chunks of the pace", [Buffer.alloc(5 * 1024 * 1024, 1), Buffer.of(1)]],
    ["many small ones", Array.from({ length: 500 }, (_, at) => Buffer.from(`blob ${at}`))],
  ])("%s", async (_what, contents) => {
    const { tree: odd, content } = treeOf(contents);
    const sinks = [memorySink(), memorySink()];
    const results = await copyTree(odd, memorySource(content), sinks);
    expect(results.map(({ state }) => state)).toEqual(["copied", "copied"]);
    const digests = [...content.blobs.keys()].sort();
    for (const sink of sinks) expect([...sink.blobs.keys()].sort()).toEqual(digests);
  });

  it.each([
    ["twelve small ones", 1000, 12],
    ["four large ones, for their memory", 300_000, 4],
  ])("%s at once", async (_what, bytes, wanted) => {
    const { tree: odd, content } = treeOf(
      Array.from({ length: 20 }, (_, at) => Buffer.alloc(bytes, at)),
    );
    let [now, most] = [0, 0];
    const sink = memorySink({
      async putBlob(_blob, body) {
        now += 1;
        most = Math.max(most, now);
        for await (const _ of body) await sleep(1);
        now -= 1;
      },
    });
    await copyTree(odd, memorySource(content), [sink]);
    expect(most).toBe(wanted);
  });

  it("goes at the pace of the slowest sink, and holds little more than a chunk for it", async () => {
    const chunk = 256 * 1024;
    const chunks = 64;
    const bytes = Buffer.alloc(chunk * chunks);
    const { tree: large } = treeOf([bytes]);
    let produced = 0;
    let taken = 0;
    let most = 0;
    const source = memorySource(image);
    const slow = memorySink({
      async putBlob(_blob, body) {
        for await (const part of body) {
          taken += part.length;
          await sleep(1);
        }
      },
    });
    await copyTree(
      large,
      {
        ...source,
        async blob() {
          return Readable.from(
            (function* () {
              for (let at = 0; at < chunks; at += 1) {
                produced += chunk;
                most = Math.max(most, produced - taken);
                yield bytes.subarray(0, chunk);
              }
            })(),
            { objectMode: false, highWaterMark: chunk },
          );
        },
      },
      [slow, memorySink()],
    );
    expect(taken).toBe(bytes.length);
    expect(most).toBeLessThan(4 * 1024 * 1024);
  });
});
