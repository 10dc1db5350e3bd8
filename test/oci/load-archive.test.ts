import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { loadArchive } from "../../src/oci/load-archive.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { tarHeader } from "../../src/oci/tar-header.ts";
import { makeImage } from "../support/layout.ts";

function imageOf(damage: (bytes: Buffer) => Buffer = (bytes) => bytes) {
  const { root, blobs } = makeImage({ platforms: ["linux/amd64"], layers: [1000, 70_000] });
  const index = parseManifest(blobs.get(root.digest) as Buffer);
  const digest = (index.kind === "index" && index.manifests[0]?.digest) as Digest;
  const bytes = blobs.get(digest) as Buffer;
  const parsed = parseManifest(bytes);
  if (parsed.kind !== "image") return expect.fail("no image");
  const blob = async (one: { digest: Digest }) =>
    (async function* () {
      yield damage(blobs.get(one.digest) as Buffer);
    })();
  const source = { blob, manifest: () => expect.fail("asked for a manifest") };
  const manifest = { bytes, digest, mediaType: parsed.mediaType };
  return { image: { manifest, parsed, source, name: "ship:1" }, blobs };
}

test("holds every blob byte for byte, under a name for either image store", async () => {
  const { image, blobs } = imageOf();
  const found = new Map<string, Buffer>();
  const reader = extract();
  const feeding = (async () => {
    for await (const piece of loadArchive(image)) reader.write(Buffer.from(piece));
    reader.end(undefined);
  })();
  for await (const entry of reader) found.set(entry.header.name, await buffer(entry));
  await feeding;
  const { config, layers } = image.parsed;
  for (const { digest } of [image.manifest, config, ...layers]) {
    expect(found.get(`blobs/${digest.replace(":", "/")}`)).toEqual(blobs.get(digest));
  }
  const json = (name: string) => JSON.parse((found.get(name) as Buffer).toString());
  expect(json("index.json").manifests).toMatchObject([
    {
      digest: image.manifest.digest,
      annotations: { "io.containerd.image.name": "docker.io/library/ship:1" },
    },
  ]);
  expect(json("manifest.json")).toMatchObject([{ RepoTags: ["ship:1"] }]);
});

test("ends with CONTENT_CORRUPT when a blob is not what it should be", async () => {
  const { image } = imageOf((bytes) => Buffer.alloc(bytes.length));
  const reading = (async () => {
    for await (const _ of loadArchive(image));
  })();
  await expect(reading).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
});

test.each([0, 8 ** 11 - 1, 8 ** 11, 52 * 2 ** 30])("a header tells a size of %d", async (size) => {
  const reader = extract();
  const told = new Promise((done) => reader.on("entry", ({ size }) => done(size)));
  reader.write(tarHeader("blobs/sha256/a", size));
  expect(await told).toBe(size);
});
