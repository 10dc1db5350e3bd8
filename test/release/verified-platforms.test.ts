import { expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { runnableOf, runsTheSame } from "../../src/release/planning/same-image.ts";
import { agreementChecks } from "../../src/release/verifying/agreement.ts";
import { platformChecks } from "../../src/release/verifying/checks.ts";
import { buildSpec } from "../support/build-spec.ts";
import { makeImage } from "../support/layout.ts";
import { request } from "./facts.ts";

const found = (platform: string) => ({ platform, digest: digestOf("image"), bytes: 1 });

it.each([
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm64/v8", "linux/arm64", true],
  ["linux/amd64", "linux/amd64/v3", false],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm", "linux/arm/v6", false],
])("verify asks for %s and finds %s: %s", (wanted, there, holds) => {
  const asked = { ...request(), build: buildSpec({ platforms: [wanted] }) };
  expect(platformChecks(asked, [found(there)])).toMatchObject([{ holds }]);
});

it("targets agree, and two builds are one image, where only a platform is written otherwise", () => {
  const target = (id: string, platform: string) => ({
    ...{ id, digest: digestOf(id), referrers: [] },
    platforms: [found(platform)],
  });
  const both = [target("a", "linux/arm64"), target("b", "linux/arm64/v8")];
  expect(agreementChecks({ repository: "app", tag: "1.0.0" }, both)).toMatchObject([
    { holds: true },
  ]);

  const { root, blobs } = makeImage({ platforms: ["linux/arm64"] });
  const text = blobs.get(root.digest)?.toString() ?? "";
  const other = text.replace('"architecture":"arm64"', '"architecture":"arm64","variant":"v8"');
  expect(other).not.toBe(text);
  const runs = (words: string) => runnableOf({ ...root, text: words });
  expect(runsTheSame(runs(text), runs(other))).toBe(true);
});
