import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { layerLimits } from "../../../src/gates/layers/facts.ts";
import { readLayer } from "../../../src/gates/layers/read-layer.ts";
import { digestOf, mediaTypes } from "../../../src/oci/manifest.ts";
import { factsOf, sourceOf, tarOf } from "../../support/layer.ts";
import { noise } from "../../support/layout.ts";

const large = noise("large", 3_000_000);
const entries = [
  { name: "etc/", type: "directory", mode: 0o755 },
  { name: "./etc/passwd", content: "root:x:0:0", mode: 0o644, uid: 1, gid: 2 },
  { name: "lib", type: "symlink", linkname: "usr/lib" },
  { name: "etc/shadow", type: "link", linkname: "etc/passwd" },
  { name: "var/.wh.cache" },
  { name: "opt/.wh..wh..opq" },
  { name: "opt/.wh..wh.plnk" },
  { name: "large", content: large },
] as const;

test.each([
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
  ["no compression", (bytes: Buffer) => bytes],
])("a layer with %s is read to its end", async (_, compress) => {
  const tar = await tarOf(entries);
  const facts = await factsOf(compress(tar));
  expect(facts).toMatchObject({ diffId: digestOf(tar), unpackedBytes: tar.length, troubles: [] });
  expect(facts.entries).toMatchObject([
    { path: "etc", type: "directory", mode: 0o755, size: 0 },
    { path: "etc/passwd", type: "file", mode: 0o644, uid: 1, gid: 2, size: 10 },
    { path: "lib", type: "symlink", link: "usr/lib" },
    { path: "etc/shadow", type: "hardlink", link: "etc/passwd" },
    { path: "var/cache", type: "whiteout" },
    { path: "opt", type: "opaque" },
    { path: "large", size: large.length, sum: expect.any(Number) },
  ]);
});

describe("what would harm who unpacks it is told, and the rest of the layer too", () => {
  test.each([
    [{ name: "../../etc/cron.d/x" }, "PATH_OUTSIDE", "etc/cron.d/x"],
    [{ name: "a/../../b" }, "PATH_OUTSIDE", "b"],
    [{ name: "/etc/motd" }, "PATH_ABSOLUTE", "etc/motd"],
    [{ name: "x", type: "link", linkname: "../../etc/shadow" }, "LINK_OUTSIDE", "x"],
    [{ name: "dev/sda", type: "block-device" }, "DEVICE_NODE", "dev/sda"],
    [{ name: "dev/mem", type: "character-device" }, "DEVICE_NODE", "dev/mem"],
  ] as const)("%o", async (entry, code, path) => {
    const facts = await factsOf(gzipSync(await tarOf([entry, { name: "after" }])));
    expect(facts.troubles).toMatchObject([{ code, path: entry.name }]);
    expect(facts.entries.map((one) => one.path)).toEqual([path, "after"]);
  });
});

describe("what is no layer is told and read no further", () => {
  test.each([
    ["a text", Buffer.from("hello\n".repeat(1000)), "LAYER_NOT_TAR"],
    ["a text in gzip", gzipSync("hello\n".repeat(1000)), "LAYER_NOT_TAR"],
    ["a few bytes", Buffer.from("hello"), "LAYER_NOT_TAR"],
    [
      "gzip of other bytes",
      Buffer.concat([gzipSync("").subarray(0, 10), noise("x", 999)]),
      "LAYER_BROKEN",
    ],
  ])("%s", async (_, bytes, code) => {
    expect(await factsOf(bytes)).toMatchObject({ diffId: null, troubles: [{ code }] });
  });

  test("a tar that is cut off within a file", async () => {
    const tar = await tarOf([
      { name: "first", content: "1" },
      { name: "large", content: large },
    ]);
    const facts = await factsOf(gzipSync(tar.subarray(0, 1_000_000)));
    expect(facts).toMatchObject({ diffId: null, troubles: [{ code: "LAYER_BROKEN" }] });
    expect(facts.entries.map(({ path }) => path)).toEqual(["first"]);
  });

  test("gzip that is cut off", async () => {
    const whole = gzipSync(await tarOf([{ name: "large", content: large }]));
    const facts = await factsOf(whole.subarray(0, 20_000));
    expect(facts).toMatchObject({ diffId: null, troubles: [{ code: "LAYER_BROKEN" }] });
  });

  test("an empty tar is a layer: two blocks of zeros, or none", async () => {
    const nothing = { entries: [], troubles: [], diffId: expect.any(String) };
    expect(await factsOf(gzipSync(Buffer.alloc(1024)))).toMatchObject(nothing);
  });
});

describe("limits", () => {
  const limits = { ...layerLimits, bombBytes: 1_000_000, ratio: 250 };

  test("a gzip bomb is given up long before its end", async () => {
    const bomb = gzipSync(await tarOf([{ name: "zeros", content: Buffer.alloc(30_000_000) }]));
    const facts = await factsOf(bomb, limits);
    expect(facts.troubles).toMatchObject([{ code: "LAYER_BOMB" }]);
    expect(facts.unpackedBytes).toBeLessThan(10_000_000);
  });

  test("too many bytes, entries, and too long a name", async () => {
    const tar = gzipSync(await tarOf([{ name: "a" }, { name: "b" }, { name: "c".repeat(90) }]));
    const troubles = async (one: object) =>
      (await factsOf(tar, { ...limits, ...one })).troubles.map(({ code }) => code);
    expect(await troubles({ entries: 2 })).toEqual(["LAYER_TOO_LARGE"]);
    expect(await troubles({ unpackedBytes: 1000 })).toEqual(["LAYER_TOO_LARGE"]);
    expect(await troubles({ pathBytes: 80 })).toEqual(["PATH_OUTSIDE"]);
  });
});

test("bytes of another digest are no layer of this image", async () => {
  const bytes = gzipSync(await tarOf(entries));
  const layer = { digest: digestOf("other"), size: bytes.length, mediaType: mediaTypes.ociLayer };
  await expect(readLayer(layer, sourceOf(bytes))).rejects.toMatchObject({
    code: "CONTENT_CORRUPT",
  });
});
