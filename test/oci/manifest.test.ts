import { describe, expect, it } from "vitest";
import {
  digestOf,
  formatPlatform,
  type Index,
  isAttestation,
  isIndexType,
  isManifestType,
  maxManifestBytes,
  mediaTypes,
  parseManifest,
} from "../../src/oci/manifest.ts";
import { makeImage } from "../support/layout.ts";

const digest = digestOf("");
const descriptor = { mediaType: mediaTypes.ociConfig, digest, size: 0 };
const image = { mediaType: mediaTypes.ociManifest, config: descriptor, layers: [descriptor] };
const index = { mediaType: mediaTypes.ociIndex, manifests: [descriptor] };

const parse = (value: unknown, mediaType?: string) =>
  parseManifest(JSON.stringify(value), mediaType);

describe("parseManifest", () => {
  it("reads an image manifest", () => {
    expect(parse({ ...image, artifactType: "a/b", subject: descriptor })).toEqual({
      ...image,
      kind: "image",
      artifactType: "a/b",
      subject: descriptor,
      annotations: {},
    });
  });

  it("reads an index, with what it says of each entry", () => {
    const entry = {
      ...descriptor,
      artifactType: "a/b",
      annotations: { a: "b" },
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
    };
    const read = parse({ ...index, manifests: [entry], annotations: { c: "d" } });
    expect(read).toEqual({
      kind: "index",
      mediaType: mediaTypes.ociIndex,
      manifests: [entry],
      annotations: { c: "d" },
    });
  });

  it.each([
    ["its own word", { ...image }, undefined, "image"],
    ["its own word before the transport's", { ...image }, mediaTypes.ociIndex, "image"],
    ["the transport", { ...image, mediaType: undefined }, mediaTypes.ociManifest, "image"],
    ["docker's manifest", { ...image, mediaType: mediaTypes.dockerManifest }, undefined, "image"],
    ["docker's list", { ...index, mediaType: mediaTypes.dockerList }, undefined, "index"],
    ["its fields: image", { ...image, mediaType: undefined }, undefined, "image"],
    ["its fields: index", { ...index, mediaType: undefined }, undefined, "index"],
    ["its fields, an empty word", { ...index, mediaType: "" }, undefined, "index"],
    ["its own word, beside nothing", { ...image, manifests: null }, undefined, "image"],
  ])("knows the kind by %s", (_by, value, transport, kind) => {
    expect(parse(value, transport).kind).toBe(kind);
  });

  it.each<[unknown, string]>([
    [[], "the manifest is not an object"],
    [null, "the manifest is not an object"],
    [{ ...image, mediaType: 1 }, "mediaType is not a string"],
    [{ ...image, mediaType: "text/plain" }, "its media type 'text/plain' is not one of an image"],
    [{ ...image, mediaType: "x\n  try  y" }, "'x\\n  try  y'"],
    [{ ...image, config: undefined }, "config is not an object"],
    [{ ...image, config: { ...descriptor, digest: "sha256:x" } }, "config.digest 'sha256:x'"],
    [{ ...image, config: { ...descriptor, mediaType: undefined } }, "config.mediaType is missing"],
    [{ ...image, layers: {} }, "layers is not a list"],
    [{ ...image, layers: [descriptor, "x"] }, "layers[1] is not an object"],
    [{ ...image, layers: [{ ...descriptor, size: -1 }] }, "layers[0].size -1"],
    [{ ...image, layers: [{ ...descriptor, size: 1.5 }] }, "layers[0].size 1.5"],
    [{ ...image, layers: [{ ...descriptor, size: 2 ** 53 }] }, "layers[0].size"],
    [{ ...image, layers: [{ ...descriptor, size: "1" }] }, "layers[0].size '1'"],
    [{ ...image, subject: { ...descriptor, digest: 1 } }, "subject.digest 1"],
    [{ ...image, annotations: { "a\n": 1 } }, "annotations.'a\\n' is not a string"],
    [{ ...image, annotations: [] }, "annotations is not an object"],
    [{ ...image, artifactType: 1 }, "artifactType is not a string"],
    [{ ...index, manifests: undefined }, "manifests is not a list"],
    [{ ...index, layers: [] }, "it is an index, and has layers as an image"],
    [{ ...index, config: descriptor }, "it is an index, and has config as an image"],
    [{ ...image, manifests: [descriptor] }, "it is an image, and has manifests as an index"],
    [{ ...index, manifests: [{ ...descriptor, platform: "linux" }] }, "manifests[0].platform is"],
    [{ ...index, manifests: [{ ...descriptor, platform: { os: 1 } }] }, "manifests[0].platform.os"],
    [{ ...index, manifests: [{ ...descriptor, annotations: 1 }] }, "manifests[0].annotations is"],
    [{ ...index, manifests: [{ ...descriptor, artifactType: 1 }] }, "manifests[0].artifactType is"],
  ])("refuses %j", (value, why) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ code: "MANIFEST_INVALID", message: expect.stringContaining(why) }),
    );
  });

  it("refuses what is no JSON", () => {
    expect(() => parseManifest("{")).toThrow(expect.objectContaining({ code: "MANIFEST_INVALID" }));
  });

  it("takes as many bytes as ECR does, and not one more", () => {
    const padded = (size: number) => {
      const annotations = { a: "" };
      const empty = JSON.stringify({ ...image, annotations }).length;
      return JSON.stringify({ ...image, annotations: { a: "x".repeat(size - empty) } });
    };
    expect(parseManifest(padded(maxManifestBytes)).kind).toBe("image");
    expect(() => parseManifest(padded(maxManifestBytes + 1))).toThrow("it is larger than 4194304");
    const wide = JSON.stringify({ ...image, annotations: { a: "é".repeat(maxManifestBytes / 2) } });
    expect(() => parseManifest(wide)).toThrow("it is larger than 4194304");
  });
});

describe("an index of buildx", () => {
  const { root, blobs } = makeImage({
    platforms: ["linux/amd64", "linux/arm64/v8"],
    attestations: true,
  });
  const read = parseManifest(blobs.get(root.digest) ?? "") as Index;

  it("names the platforms one can run, and the attestations apart", () => {
    const platforms = read.manifests.map(({ platform }) => platform && formatPlatform(platform));
    expect(platforms.slice(0, 2)).toEqual(["linux/amd64", "linux/arm64/v8"]);
    expect(read.manifests.map(isAttestation)).toEqual([false, false, true, true]);
  });

  it("has attestations by annotation or by platform alone", () => {
    const unknown = { os: "unknown", architecture: "unknown" };
    const annotations = { "vnd.docker.reference.type": "attestation-manifest" };
    expect(isAttestation({ ...descriptor, platform: unknown })).toBe(true);
    expect(isAttestation({ ...descriptor, annotations })).toBe(true);
    expect(isAttestation(descriptor)).toBe(false);
  });
});

describe("media types", () => {
  it.each([
    [mediaTypes.ociIndex, true, true],
    [mediaTypes.dockerList, true, true],
    [mediaTypes.ociManifest, false, true],
    [mediaTypes.dockerManifest, false, true],
    [mediaTypes.ociLayer, false, false],
    ["", false, false],
  ])("%s: index %s, manifest %s", (type, isIndex, isManifest) => {
    expect([isIndexType(type), isManifestType(type)]).toEqual([isIndex, isManifest]);
  });
});
