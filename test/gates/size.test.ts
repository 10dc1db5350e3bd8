import { describe, expect, test } from "vitest";
import { sizeFindings } from "../../src/gates/size/findings.ts";
import { measure } from "../../src/gates/size/measure.ts";
import type { PreviousImages, SizeSettings } from "../../src/release/gate.ts";
import { platformOf } from "../support/layer.ts";
import { noise } from "../support/layout.ts";

const big = noise("big", 200_000);
const other = noise("other", 100_000);
const layers = [
  [
    { name: "app/", type: "directory" },
    { name: "app/big", content: big },
    { name: "app/other", content: other },
    { name: "app/note", content: "x" },
  ],
  [
    { name: "app/big", content: big, mode: 0o600 },
    { name: "app/.wh.other" },
    { name: "copy", content: big },
  ],
] as const;

const platform = await platformOf(layers);

test("each layer with its instruction, what is lost in it, and what stands there twice", () => {
  const size = measure(platform);
  expect(size).toMatchObject({
    platform: "linux/amd64",
    unpackedBytes: 700_001,
    before: null,
    layers: [
      { instruction: "COPY 0 /", files: 3, unpackedBytes: 300_001, lostBytes: 300_000 },
      { instruction: "COPY 1 /", files: 2, unpackedBytes: 400_000, lostBytes: 0 },
    ],
    lost: {
      bytes: 300_000,
      files: [
        { path: "/app/big", bytes: 200_000, layer: 1, by: 2, how: "repeated" },
        { path: "/app/other", bytes: 100_000, layer: 1, by: 2, how: "deleted" },
      ],
    },
    duplicates: { bytes: 200_000, files: [{ bytes: 200_000, paths: ["/app/big", "/copy"] }] },
  });
  expect(size.layers[0]).not.toHaveProperty("isNew");
  expect(size.largest.map(({ path, layer }) => `${layer} ${path}`)).toEqual([
    "2 /app/big",
    "2 /copy",
    "1 /app/note",
  ]);
});

const digests = platform.image.layers.map(({ digest }) => digest);
const weighed = (bytes: number): PreviousImages => ({
  version: "1.3.0",
  platforms: [
    {
      platform: "linux/amd64",
      digest: `sha256:${"0".repeat(64)}`,
      bytes,
      layers: digests.slice(0, 1),
    },
  ],
});

test("against the release before only new layers are looked into for the largest files", () => {
  const size = measure(platform, weighed(1));
  expect(size.layers.map(({ isNew }) => isNew)).toEqual([false, true]);
  expect(size.largest.map(({ path }) => path)).toEqual(["/app/big", "/copy"]);
});

describe("limits", () => {
  const weighing = (bytes: number, old?: PreviousImages) =>
    measure({ ...platform, image: { ...platform.image, bytes } }, old);
  const codes = (settings: SizeSettings, bytes: number, old?: PreviousImages) =>
    sizeFindings(weighing(bytes, old), settings).map(({ code, level }) => `${level} ${code}`);

  test("a budget holds to the byte", () => {
    expect(codes({ budget: 1000 }, 1000)).toEqual([]);
    expect(codes({ budget: 1000 }, 1001)).toEqual(["error SIZE_BUDGET"]);
    expect(codes({ unpacked: 700_000 }, 1)).toEqual(["error SIZE_UNPACKED"]);
  });

  test("growth by per cent, by bytes, or both", () => {
    const percent = { growth: { percent: 10 } };
    expect(codes(percent, 1100, weighed(1000))).toEqual([]);
    expect(codes(percent, 1101, weighed(1000))).toEqual(["error SIZE_GROWTH"]);
    expect(codes({ growth: { bytes: 50 } }, 1051, weighed(1000))).toEqual(["error SIZE_GROWTH"]);
    expect(codes({ growth: { percent: 1, bytes: 500 } }, 1400, weighed(1000))).toEqual([
      "error SIZE_GROWTH",
    ]);
    expect(codes(percent, 900, weighed(1000))).toEqual([]);
  });

  test("without a release before there is no growth, and that is said", () => {
    expect(codes({ growth: { percent: 10 } }, 1000)).toEqual(["info GROWTH_UNKNOWN"]);
  });

  test("what grew is named: instruction and files", () => {
    const [finding] = sizeFindings(weighing(2_000_000, weighed(1_000_000)), {
      growth: { percent: 10 },
    });
    expect(finding?.message).toBe(
      "2.0 MB, 1.0 MB (100.0 %) more than 1.3.0, over the limit of 10 %; new: 0.4 MB COPY 1 /; largest in it: /app/big (0.2 MB), /copy (0.2 MB)",
    );
  });
});

test("waste that is worth a word", async () => {
  const zeros = Buffer.alloc(12_000_000, "x");
  const wasteful = await platformOf([
    [{ name: "cache", content: zeros }],
    [{ name: ".wh.cache" }, { name: "a", content: zeros }, { name: "b", content: zeros }],
  ]);
  expect(sizeFindings(measure(wasteful), {}).map(({ level, code }) => `${level} ${code}`)).toEqual([
    "warning SIZE_WASTED",
    "info SIZE_DUPLICATES",
  ]);
  expect(sizeFindings(measure(platform), {})).toEqual([]);
});
