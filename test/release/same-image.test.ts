import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { runnableOf, runsTheSame } from "../../src/release/planning/same-image.ts";
import { type Content, type ImageShape, makeImage } from "../support/layout.ts";

function runnable({ root, blobs }: Content) {
  const text = blobs.get(root.digest)?.toString("utf8") ?? "";
  return runnableOf({ digest: root.digest, mediaType: root.mediaType, text });
}

const base: ImageShape = { attestations: true };

describe("what of an image runs", () => {
  it.each<[string, ImageShape, boolean]>([
    ["the same build", base, true],
    ["no attestations", {}, true],
    ["attestations of another time", { ...base, builtAt: "later" }, true],
    ["other annotations of the index", { ...base, annotations: { a: "b" } }, true],
    ["another order of platforms", { ...base, platforms: ["linux/arm64", "linux/amd64"] }, true],
    ["other bytes", { ...base, seed: "other" }, false],
    ["a platform less", { ...base, platforms: ["linux/amd64"] }, false],
    [
      "a platform more",
      { ...base, platforms: ["linux/amd64", "linux/arm64", "linux/s390x"] },
      false,
    ],
  ])("%s", (_name, shape, same) => {
    expect(runsTheSame(runnable(makeImage(base)), runnable(makeImage(shape)))).toBe(same);
  });

  it("is told of platforms: the same manifests under exchanged names are another image", () => {
    const exchanged = (a: string, b: string) =>
      runnableOf({
        digest: digestOf("index"),
        mediaType: "",
        text: JSON.stringify({
          mediaType: "application/vnd.oci.image.index.v1+json",
          manifests: [a, b].map((architecture, at) => ({
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            digest: digestOf(String(at)),
            size: 1,
            platform: { os: "linux", architecture },
          })),
        }),
      });
    expect(runsTheSame(exchanged("amd64", "arm64"), exchanged("arm64", "amd64"))).toBe(false);
  });

  it("is a manifest itself when there is no index", () => {
    const { root, blobs } = makeImage({ platforms: ["linux/amd64"] });
    const [child] = JSON.parse(blobs.get(root.digest)?.toString() ?? "{}").manifests;
    const alone = { ...child, text: blobs.get(child.digest)?.toString() ?? "" };
    expect(runnableOf(alone)).toEqual([child.digest]);
  });

  it("never is nothing", () => expect(runsTheSame([], [])).toBe(false));
});
