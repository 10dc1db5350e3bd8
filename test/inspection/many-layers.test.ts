import { expect, it } from "vitest";
import { inspectionText } from "../../src/cli/inspection/image-text.ts";
import { lineCharts } from "../../src/cli/terminal/chart.ts";
import { columns } from "../../src/cli/terminal/units.ts";
import { compareImages } from "../../src/inspection/compare.ts";
import type { ImageContents, Layer, PlatformImage } from "../../src/inspection/image.ts";
import { parseConfig } from "../../src/oci/image-config.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";

/** More than a function takes arguments, and so many that each beside each would take minutes. */
const many = 130_000;

const layersOf = (seed: string): Layer[] =>
  Array.from({ length: many }, (_, at) => ({
    digest: `sha256:${seed}${String(at).padStart(63, "0")}`,
    mediaType: mediaTypes.ociLayer,
    bytes: at,
    unpackedBytes: null,
    instruction: null,
    foreign: false,
  }));

function imageOf(layers: readonly Layer[]): ImageContents {
  const { settings } = parseConfig(Buffer.from("{}"), digestOf("config"));
  const digest = digestOf(layers[0]?.digest ?? "");
  const platform: PlatformImage = {
    ...{ platform: "linux/amd64", digest, created: null, bytes: many },
    ...{ config: { digest: digestOf("config"), bytes: 0 }, layers, settings },
    ...{ labels: {}, annotations: {} },
  };
  return {
    ...{ digest, mediaType: mediaTypes.ociIndex, kind: "index" },
    ...{ annotations: {}, platforms: [platform], attestations: [], artifacts: [] },
  };
}

it("an image of more layers than a registry takes is shown, and compared with another", {
  timeout: 120_000,
}, () => {
  const shared: Layer = {
    ...(layersOf("a")[0] ?? expect.fail("none")),
    digest: digestOf("shared"),
  };
  const image = imageOf([...layersOf("b"), shared, shared]);
  const against = compareImages(image, imageOf([...layersOf("c"), shared]), "example@sha256:0");
  const { layers } = against.platforms[0] ?? expect.fail("no platform");
  expect(layers.shared).toEqual([shared.digest]);
  expect([layers.new.length, layers.gone.length]).toEqual([many, many]);
  const inspection = { format: 1 as const, reference: "example", referrers: [], ...image };
  for (const other of [null, against]) {
    const lines = inspectionText({ ...inspection, against: other }).split("\n");
    expect(lines.length).toBeGreaterThan(many);
  }
});

it("columns and charts take any number of rows", () => {
  const rows = Array.from({ length: many }, (_, at) => [`${at}`, "value"]);
  expect(columns(rows).at(-1)).toBe("  129999  value");
  const values = rows.map((_, at) => at);
  const series = [{ name: "n", color: "red", values, show: String }];
  expect(lineCharts("t", ["a", "b"], series)).toContain(">129999</text>");
});
