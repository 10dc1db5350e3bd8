import type { LayerSize, PlatformSize, SizeReport } from "../../release/size-report.ts";
import { layerLine } from "../inspection/layer-text.ts";
import { dim, yellow } from "../terminal/style.ts";
import { columns, formatBytes, greatestOf } from "../terminal/units.ts";

/** Of each kind the largest are told; `--json` has more. */
const told = 3;

/** What each platform weighs, layer by layer as bars, and where room goes to waste. */
export function sizeLines({ platforms }: SizeReport, width?: number): string[] {
  const greatest = greatestOf(platforms.flatMap(({ layers }) => layers.map((one) => one.bytes)));
  return platforms.flatMap((size) => [
    `    ${headline(size)}`,
    ...size.layers.map((layer) => layerText(layer, greatest, width)),
    ...wasteLines(size, width),
  ]);
}

function headline({ platform, bytes, unpackedBytes, before }: PlatformSize): string {
  const sizes = `${formatBytes(bytes)} to pull, ${formatBytes(unpackedBytes)} unpacked`;
  if (before === null) return `${platform}  ${sizes}`;
  const grown = bytes - before.bytes;
  const sign = grown < 0 ? "−" : "+";
  return `${platform}  ${sizes}, ${sign}${formatBytes(Math.abs(grown))} since ${before.version}`;
}

function layerText(layer: LayerSize, greatest: number, width?: number): string {
  const mark = layer.isNew === undefined ? "  " : layer.isNew ? "+ " : "= ";
  const line = layerLine(layer, greatest, width, `  ${mark}`);
  return layer.isNew === false ? dim(line) : line;
}

function wasteLines({ lost, duplicates }: PlatformSize, width?: number): string[] {
  const limit = { indent: "        ", width };
  const lostRows = lost.files
    .slice(0, told)
    .map(({ path, bytes, layer, by, how }) => [
      formatBytes(bytes),
      `${path}, of layer ${layer}, ${how} in layer ${by}`,
    ]);
  const twice = duplicates.files
    .slice(0, told)
    .map(({ bytes, paths }) => [formatBytes(bytes), paths.slice(0, told).join(" = ")]);
  return [
    ...(lost.bytes > 0
      ? [
          `      ${yellow(`${formatBytes(lost.bytes)} pulled and never seen`)}`,
          ...columns(lostRows, limit),
        ]
      : []),
    ...(duplicates.bytes > 0
      ? [
          `      ${formatBytes(duplicates.bytes)} in files that stand there twice`,
          ...columns(twice, limit),
        ]
      : []),
  ];
}
