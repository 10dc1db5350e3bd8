import type { Layer, PlatformImage } from "../../inspection/image.ts";
import { bar } from "../terminal/chart.ts";
import { foreign } from "../terminal/printable.ts";
import { formatBytes, greatestOf, shortDigest } from "../terminal/units.ts";
import { cut } from "./sections.ts";

const barWidth = 18;

/** What a line tells of a layer. */
export type ShownLayer = Pick<
  Layer,
  "bytes" | "instruction" | "foreign" | "unpackedBytes" | "digest"
>;

/** One line for a layer: its size, its share of the greatest as a bar, and what made it. */
export function layerLine(layer: ShownLayer, greatest: number, width?: number, mark = ""): string {
  const { bytes, instruction, unpackedBytes } = layer;
  const unpacked = unpackedBytes !== null && unpackedBytes !== bytes;
  const what = [
    layer.foreign && "(kept elsewhere)",
    instruction === null ? shortDigest(layer.digest) : foreign(instruction),
    unpacked && `(${formatBytes(unpackedBytes)} unpacked)`,
  ];
  return cut(`  ${mark}${pictured(bytes, greatest)}  ${what.filter(Boolean).join(" ")}`, width);
}

/** A size as a number and as a bar, in columns. */
export function pictured(bytes: number, greatest: number): string {
  return `${formatBytes(bytes).padStart(8)}  ${bar(bytes, greatest, barWidth).padEnd(barWidth)}`;
}

/** Bytes of the largest layer of all platforms: the full width of the picture's bars. */
export function greatestLayer(platforms: readonly PlatformImage[]): number {
  return greatestOf(platforms.flatMap(({ layers }) => layers.map(({ bytes }) => bytes)));
}
