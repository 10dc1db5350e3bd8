import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { receiptText } from "../../../src/cli/publishing/receipt-text.ts";
import { digestOf } from "../../../src/oci/manifest.ts";
import type { Receipt } from "../../../src/release/receipt.ts";

const digest = digestOf("image");
const id = "123456789012/ap-southeast-1";
const receipt: Receipt = {
  ...{ format: 1, image: "team/app", version: "1.4.0", versionBecause: "asked for" },
  source: { commit: "a".repeat(40), committedAt: "", worktree: null, inputs: digest },
  ...{ digest, mediaType: "", content: "build", attestations: 2, gates: [], steps: [] },
  platforms: [{ platform: "linux/amd64", digest: digestOf("amd64"), bytes: 1e6 }],
  bases: [{ name: "docker.io/library/node:24", digest: digestOf("base") }],
  targets: [
    {
      ...{ id, uri: "", digest, reference: `app@${digest}`, tags: [] },
      copied: {
        ...{ movedBytes: 1e6, movedBlobs: 12, mountedBytes: 2e6, mountedBlobs: 3 },
        ...{ skippedBytes: 1, skippedBlobs: 1, refusedMounts: 1, movedManifests: 1 },
      },
    },
  ],
  ...{ startedAt: "", ms: 1000 },
} as Receipt;

it.each([60, 80])("a receipt keeps within %i columns, but for a word that has no room", (width) => {
  const lines = stripVTControlCharacters(receiptText(receipt, width)).split("\n");
  expect(lines.filter((line) => line.length > width && /\S \S/.test(line.trim()))).toEqual([]);
  expect(lines.join(" ").replaceAll(/\s+/g, " ")).toContain(`${id} 1.0 MB uploaded in 12 blobs`);
});

it("does not call a tag new that was left to a newer version before it existed", () => {
  const because = "a newer version was released since the plan was made";
  const move = { tag: "1", kind: "floating", from: null, to: null, because } as const;
  const kept = receipt.targets.map((target) => ({ ...target, tags: [move] }));
  expect(stripVTControlCharacters(receiptText({ ...receipt, targets: kept }))).toMatch(
    / 1 +not written +a newer version/,
  );
});
