import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type { Source } from "../../src/oci/content.ts";
import { readTree } from "../../src/oci/tree.ts";
import { baseImagesOf, readBaseImages } from "../../src/release/base-images.ts";
import { type ImageShape, makeImage } from "../support/layout.ts";

const hex = "f2ac8578334117f3c2d12c77fc84db50698258bae049bfa4c38043844a3e44aa";
const digest = `sha256:${hex}`;
const material = (uri: string, sha256: unknown = hex) => ({ uri, digest: { sha256 } });

describe("the images that a provenance names", () => {
  it.each<[string, string | undefined]>([
    ["pkg:docker/busybox@1.37?platform=linux%2Famd64", "busybox:1.37"],
    [`pkg:oci/busybox@1.37?digest=sha256:${hex}&platform=linux%2Farm64`, "busybox:1.37"],
    [
      "pkg:docker/123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/base@2",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/base:2",
    ],
    ["pkg:docker/localhost%3A5000/base@2", "localhost:5000/base:2"],
    [`pkg:docker/busybox@sha256%3A${hex}`, "busybox"],
    ["pkg:docker/busybox?digest=x", "busybox"],
    ["pkg:docker/%zz@1", "%zz:1"],
    ["https://github.com/org/repo#main", undefined],
    ["pkg:npm/left-pad@1.0.0", undefined],
  ])("%s", (uri, name) => {
    const images = name === undefined ? [] : [{ name, digest }];
    expect(baseImagesOf({ predicate: { materials: [material(uri)] } })).toEqual(images);
    const dependencies = { resolvedDependencies: [material(uri)] };
    expect(baseImagesOf({ predicate: { buildDefinition: dependencies } })).toEqual(images);
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["no list", { predicate: { materials: {} } }],
    ["no object", { predicate: { materials: [null, "a", {}] } }],
    ["no digest", { predicate: { materials: [{ uri: "pkg:docker/a@1" }] } }],
    ["no hex", { predicate: { materials: [material("pkg:docker/a@1", "zz")] } }],
    ["no text", { predicate: { materials: [material("pkg:docker/a@1", 7)] } }],
  ])("none in %s", (_what, statement) => {
    expect(baseImagesOf(statement)).toEqual([]);
  });
});

describe("the images that an image was built from", () => {
  async function read(shape: ImageShape, broken?: SlipwayError) {
    const { root, blobs } = makeImage(shape);
    const bytesOf = (wanted: typeof root.digest) => blobs.get(wanted) ?? Buffer.alloc(0);
    const source: Source = {
      manifest: async (wanted) => ({ ...wanted, bytes: bytesOf(wanted.digest) }),
      blob: async (wanted) => {
        if (broken) throw broken;
        return Readable.from([bytesOf(wanted.digest)]);
      },
    };
    return await readBaseImages(await readTree(root, source), source);
  }
  const materials = [material("pkg:docker/b@2"), material("pkg:docker/a@1")];

  it("are those of all platforms, each once, in order", async () => {
    expect(await read({ attestations: true, materials })).toEqual([
      { name: "a:1", digest },
      { name: "b:2", digest },
    ]);
  });

  it("are none when it says that it read none", async () => {
    expect(await read({ attestations: true })).toEqual([]);
  });

  it("are not known without attestations, or when they cannot be read", async () => {
    expect(await read({})).toBeUndefined();
    const lost = new SlipwayError("NOT_FOUND", "gone");
    expect(await read({ attestations: true, materials }, lost)).toBeUndefined();
  });

  it("do not hide that somebody stopped it", async () => {
    const stopped = new SlipwayError("INTERRUPTED", "stopped");
    await expect(read({ attestations: true, materials }, stopped)).rejects.toBe(stopped);
  });
});
