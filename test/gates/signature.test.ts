import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { unasked, unstated } from "../../src/gates/signature/statements.ts";
import { readTree } from "../../src/oci/tree.ts";
import { stagesOf } from "../../src/release/gate.ts";
import { buildSpec } from "../support/build-spec.ts";
import { type ImageShape, makeImage } from "../support/layout.ts";

const both = ["sbom", "provenance"] as const;

async function image(shape: ImageShape) {
  const { root, blobs } = makeImage(shape);
  const bytesOf = (digest: typeof root.digest) => blobs.get(digest) ?? Buffer.alloc(0);
  const source = {
    manifest: async ({ digest, mediaType }: Pick<typeof root, "digest" | "mediaType">) => ({
      bytes: bytesOf(digest),
      digest,
      mediaType,
    }),
    blob: async ({ digest }: Pick<typeof root, "digest">) => Readable.from([bytesOf(digest)]),
  };
  return { tree: await readTree(root, source), source };
}

test("a build that is not asked for what is required is found before it begins", () => {
  const codes = (spec: Partial<BuildSpec>) =>
    unasked(both, buildSpec(spec)).map(({ code }) => code);
  expect(codes({ sbom: false, provenance: "none" })).toEqual([
    "SBOM_MISSING",
    "PROVENANCE_MISSING",
  ]);
  expect(codes({ sbom: true, provenance: "min" })).toEqual([]);
  expect(unasked([], buildSpec({ sbom: false, provenance: "none" }))).toEqual([]);
});

test("each kind that a platform lacks is one finding, with the platforms and what to write", async () => {
  const found = await unstated(both, await image({ attestations: true }));
  expect(found).toMatchObject([
    {
      code: "SBOM_MISSING",
      level: "error",
      place: "linux/amd64, linux/arm64",
      repair: expect.stringContaining("attestations: { sbom: true }"),
    },
  ]);
  const stated = { attestations: true, predicates: ["https://spdx.dev/Document", slsa] };
  expect(await unstated(both, await image(stated))).toEqual([]);
  const none = await unstated(both, await image({}));
  expect(none.map(({ code }) => code)).toEqual(["SBOM_MISSING", "PROVENANCE_MISSING"]);
});
const slsa = "https://slsa.dev/provenance/v0.2";

test("it looks where there is something to look at, and ahead only where it can refuse", () => {
  const stages = (settings: object, mode: "on" | "warn" = "on", skipped = false) =>
    stagesOf(
      {
        gate: "signature",
        mode,
        skipped,
        settings: { require: [], managed: false, ...settings },
      },
      buildSpec(),
    );
  expect(stages({})).toEqual([]);
  expect(stages({ cosign: [] })).toEqual(["layout", "published"]);
  expect(stages({ managed: true })).toEqual(["published"]);
  expect(stages({ require: ["sbom"] })).toEqual(["source", "layout"]);
  expect(stages({ require: ["sbom"] }, "warn")).toEqual(["layout"]);
  expect(stages({ require: ["sbom"] }, "on", true)).toEqual(["layout"]);
});
