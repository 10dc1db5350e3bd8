import { describe, expect, it } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { readTree } from "../../src/oci/tree.ts";
import { receiptOf } from "../../src/release/applying/receipt-of.ts";
import type { Applying } from "../../src/release/applying/steps.ts";
import { contentsOf } from "../../src/release/contents.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { StepOutcome } from "../../src/release/receipt.ts";
import { memorySource } from "../oci/memory.ts";
import { makeImage } from "../support/layout.ts";
import { observed, request, shaTag } from "./facts.ts";

const image = makeImage({ platforms: ["linux/amd64", "linux/arm64/v8"], attestations: true });
const tree = await readTree(image.root, memorySource(image));
const copied = {
  movedBytes: 5,
  skippedBytes: 0,
  movedBlobs: 1,
  skippedBlobs: 0,
  ...{ mountedBytes: 0, mountedBlobs: 0, refusedMounts: 0 },
  movedManifests: 1,
};

/** A release whose steps all ended well, but for these. */
function receipt(states: Partial<Record<string, StepOutcome["state"]>> = {}) {
  const asked = request();
  const plan = planRelease(
    asked,
    observed(asked, { targets: [{ images: [{ name: "old", tags: ["latest"] }] }] }),
  );
  const inOrder = plan.steps.map((step): StepOutcome => {
    const state = states[step.action === "tag" ? step.tag : step.action] ?? "done";
    return { step, state, ms: 1, ...(step.action === "copy" && { copied }) };
  });
  // They end in any order.
  const outcomes = inOrder.toReversed();
  const applying = {
    attached: new Map(),
    ...{ plan, outcomes, targets: new Map(plan.targets.map((target) => [target.id, target])) },
    world: { now: () => new Date("2026-11-21T10:00:05Z") },
  } as unknown as Applying;
  const root = { digest: image.root.digest, mediaType: mediaTypes.ociIndex, text: "" };
  const source = () => Promise.reject(new Error("no blob is wanted"));
  return receiptOf(applying, { tree, root, source }, new Date("2026-11-21T10:00:00Z"));
}

describe("a receipt", () => {
  it("says what was released, from what, and how long it took", () => {
    expect(receipt()).toMatchObject({
      format: 1,
      image: "team/app",
      version: "1.4.0",
      versionBecause: "asked for",
      digest: image.root.digest,
      content: "build",
      attestations: 2,
      startedAt: "2026-11-21T10:00:00.000Z",
      ms: 5000,
    });
  });

  it("says what to deploy, and what moved, at each target", () => {
    const uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
    const [target] = receipt().targets;
    expect(target).toMatchObject({ uri, reference: `${uri}@${image.root.digest}`, copied });
  });

  it("stands in the plan's order, however the steps ended", () => {
    const actions = receipt().steps.map(({ step }) => step.action);
    expect(actions.indexOf("build")).toBeLessThan(actions.indexOf("copy"));
    expect(actions.indexOf("copy")).toBeLessThan(actions.indexOf("tag"));
  });

  it("claims no tag that was there", () => {
    const [target] = receipt({ "1.4.0": "already" }).targets;
    const to = image.root.digest;
    expect(target?.tags[0]).toMatchObject({ from: to, to, because: "it was there" });
  });

  it("says of every tag where it was and where it is", () => {
    const [target] = receipt({ latest: "kept" }).targets;
    const to = image.root.digest;
    expect(target?.tags.map(({ because: _, ...move }) => move)).toEqual([
      { tag: "1.4.0", kind: "version", from: null, to },
      { tag: shaTag, kind: "commit", from: null, to },
      { tag: "1.4", kind: "floating", from: null, to },
      { tag: "1", kind: "floating", from: null, to },
      { tag: "latest", kind: "floating", from: digestOf("old"), to: digestOf("old") },
    ]);
  });
});

describe("what an image holds", () => {
  it("is its platforms with their compressed bytes, and its attestations apart", () => {
    const { platforms, attestations } = contentsOf(tree);
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64/v8"]);
    const [first] = platforms;
    const node = tree.nodes.find(({ manifest }) => manifest.digest === first?.digest);
    expect(first?.bytes).toBe(node?.blobs.reduce((sum, { size }) => sum + size, 0));
    expect(attestations).toBe(2);
  });

  it("counts what an index in the index lists, and a layer that is there twice once", async () => {
    const inner = makeImage({ platforms: ["linux/s390x"], attestations: true });
    const layer = Buffer.from("a layer");
    const described = (bytes: Buffer, mediaType: string) => ({
      ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
    });
    const { ociManifest, ociConfig, ociLayer, ociIndex } = mediaTypes;
    const twice = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociManifest,
        config: described(Buffer.from("{}"), ociConfig),
        layers: [described(layer, ociLayer), described(layer, ociLayer)],
      }),
    );
    const amd64 = { os: "linux", architecture: "amd64" };
    const own = { ...described(twice, ociManifest), platform: amd64 };
    const manifests = [own, inner.root, inner.root];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    const root = described(index, ociIndex);
    const blobs = new Map([
      ...inner.blobs,
      ...[twice, index].map((bytes) => [digestOf(bytes), bytes] as const),
    ]);
    const nested = await readTree(root, memorySource({ root, blobs }));
    expect(contentsOf(nested)).toMatchObject({
      platforms: [
        { platform: "linux/amd64", bytes: 2 + layer.length },
        { platform: "linux/s390x" },
      ],
      attestations: 1,
    });
  });

  it("without an index is a single platform", async () => {
    const [leaf] = tree.nodes;
    if (leaf === undefined) throw new Error("no leaf");
    const single = { root: leaf.manifest.digest, nodes: [leaf] };
    expect(contentsOf(single, "linux/arm64")).toMatchObject({
      platforms: [{ platform: "linux/arm64" }],
      attestations: 0,
    });
  });
});
