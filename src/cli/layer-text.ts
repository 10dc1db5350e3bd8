import type { Layer, PlatformImage } from "../inspection/image.ts";
import { bar } from "./chart.ts";
import { cut } from "./inspect-sections.ts";
import { formatBytes, shortDigest } from "./units.ts";

const barWidth = 18;

/** What a line tells of a layer. */
export type ShownLayer = Pick<
  Layer,
  "bytes" | "instruction" | "foreign" | "unpackedBytes" | "digest"
>;

/** One line for a layer: its size, its share of the greatest as a bar, and what made it. */
export function layerLine(layer: ShownLayer, greatest: number, width?: number, mark = ""): string {
  const { bytes, instruction, foreign, unpackedBytes } = layer;
  const unpacked = unpackedBytes !== null && unpackedBytes !== bytes;
  const what = [
    foreign && "(kept elsewhere)",
    instruction ?? shortDigest(layer.digest),
    unpacked && `(${formatBytes(unpackedBytes)} unpacked)`,
  ];
  const size = formatBytes(bytes).padStart(8);
  const picture = bar(bytes, greatest, barWidth).padEnd(barWidth);
  return cut(`  ${mark}${size}  ${picture}  ${what.filter(Boolean).join(" ")}`, width);
}

export function greatestLayer(platforms: readonly PlatformImage[]): number {
  return Math.max(0, ...platforms.flatMap(({ layers }) => layers.map(({ bytes }) => bytes)));
}
