import { expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import type { Carrying } from "../../src/release/applying/steps.ts";
import { type Images, lines } from "../../src/release/applying/tag-lines.ts";

it("reads the tags of thousands of versions a few times, and not once for each of them", async () => {
  let reads = 0;
  const images = Array.from({ length: 500 }, (_, at) => {
    const tags = at === 7 ? ["1.0.7", "latest"] : [`1.0.${at}`];
    return {
      ...{ digest: digestOf(`${at}`), status: "ACTIVE", pushedAt: "2026-11-01T00:00:00.000Z" },
      get tags() {
        reads += 1;
        return tags;
      },
    };
  }) as Images;
  const latest = { tag: "latest", kind: "floating", template: "latest" } as const;
  const target = { id: "here", repository: "team/app", request: {} };
  const carrying = {
    plan: { image: "team/app", tags: [latest], versionTemplates: ["{version}"], steps: [] },
    targets: new Map([["here", target]]),
    outcomes: [],
    world: { ecr: () => ({ taggedImages: async () => images }) },
  } as unknown as Carrying;
  const now = await lines(carrying, "here");
  const step = { action: "tag", target: "here", ...latest, from: null, because: "" } as const;
  expect(now.digestOf("latest")).toBe(digestOf("7"));
  expect(now.goalOf(step)).toBe(digestOf("499"));
  expect(reads / images.length).toBeLessThan(10);
});
