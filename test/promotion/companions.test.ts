import { expect, it } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { companionState } from "../../src/promotion/companions.ts";

const digest = digestOf("payload");
const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 };

/** As cosign writes them: one payload, and each key's signature beside it. */
function signedBy(...keys: readonly string[]) {
  const layers = keys.map((key) => ({
    ...{ mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", digest, size: 7 },
    annotations: { "dev.cosignproject.cosign/signature": key },
  }));
  const mediaType = mediaTypes.ociManifest;
  return { mediaType, text: JSON.stringify({ schemaVersion: 2, mediaType, config, layers }) };
}

it.each([
  ["a signature more at the source", ["a"], ["a", "b"], "behind"],
  ["the same in another order", ["b", "a"], ["a", "b"], "behind"],
  ["a signature more at the destination", ["a", "b"], ["b"], "ahead"],
  ["another key's signature of the same payload", ["a"], ["b"], "apart"],
] as const)("tells %s", (_what, there, source, state) => {
  expect(companionState("sha256-0a.sig", signedBy(...there), signedBy(...source))).toBe(state);
});

it("lets an SBOM take the place of the one before", () => {
  expect(companionState("sha256-0a.sbom", signedBy("a"), signedBy("b"))).toBe("behind");
});

it("compares what an index of referrers lists", () => {
  const indexOf = (...names: readonly string[]) => {
    const mediaType = mediaTypes.ociIndex;
    const manifests = names.map((name) => ({
      ...{ mediaType: mediaTypes.ociManifest, digest: digestOf(name), size: 1 },
    }));
    return { mediaType, text: JSON.stringify({ schemaVersion: 2, mediaType, manifests }) };
  };
  expect(companionState("sha256-0a", indexOf("a", "b"), indexOf("a"))).toBe("ahead");
  expect(companionState("sha256-0a", indexOf("a"), indexOf("c"))).toBe("apart");
});
