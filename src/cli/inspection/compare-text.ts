import type { Change, Comparison, PlatformChange } from "../../inspection/compare.ts";
import type { PlatformImage } from "../../inspection/image.ts";
import type { Inspection } from "../../inspection/read.ts";
import { foreign } from "../terminal/printable.ts";
import { bold, dim } from "../terminal/style.ts";
import { formatBytes, greatestOf } from "../terminal/units.ts";
import { layerLine, pictured } from "./layer-text.ts";
import { cut, type Row, section, sectionsOf } from "./sections.ts";

/** What is new against another image, platform by platform, and what somebody who has that one pulls. */
export function comparisonLines(
  { platforms }: Pick<Inspection, "platforms">,
  comparison: Comparison,
  width?: number,
): string[] {
  const { reference, same } = comparison;
  const [named, digest] = reference.split("@");
  const head = ["", `  compared with ${bold(named ?? reference)}`, `  ${digest}`];
  if (same) return [...head, "  it is the same image"];
  // One scale for all of it: a layer is a part of its image.
  const greatest = greatestOf(
    comparison.platforms.flatMap(({ from, to }) => [from?.bytes ?? 0, to?.bytes ?? 0]),
  );
  const changed = comparison.platforms.filter(({ state }) => state === "changed");
  return [
    ...head,
    ...comparison.platforms.flatMap((change) => {
      const image = platforms.find(({ platform }) => platform === change.platform);
      return ["", headline(change), ...layerLines(change, image, greatest, width)];
    }),
    ...sectionsOf("settings that changed", changed, ({ settings }) => changeRows(settings), width),
    ...sectionsOf("labels that changed", changed, ({ labels }) => changeRows(labels), width),
    ...section("annotations that changed", changeRows(comparison.annotations), width),
  ];
}

function headline({ platform, state, from, to, pullBytes }: PlatformChange): string {
  const name = `  ${bold(foreign(platform))}`;
  if (to === null) return `${name}  is gone`;
  if (from === null) return `${name}  is new, ${formatBytes(to.bytes)}`;
  if (state === "same") return `${name}  is the same, ${formatBytes(to.bytes)}`;
  const grown = to.bytes - from.bytes;
  const growth = grown === 0 ? "" : `, ${grown > 0 ? "+" : "−"}${formatBytes(Math.abs(grown))}`;
  return `${name}  pulls ${formatBytes(pullBytes)} of ${formatBytes(to.bytes)}${growth}`;
}

/** Both images as bars, then every layer: `+` new, `-` of the other image alone, unmarked what both have. */
function layerLines(
  change: PlatformChange,
  image: PlatformImage | undefined,
  greatest: number,
  width?: number,
): string[] {
  const { state, from, to, layers } = change;
  if (state === "same") return [];
  const fresh = new Set(layers.new);
  const own = image?.layers.map((layer) => {
    const isNew = fresh.has(layer.digest);
    const line = layerLine(layer, greatest, width, isNew ? "+ " : "  ");
    return isNew ? line : dim(line);
  });
  const whole = (bytes: number, name: string) =>
    cut(`    ${pictured(bytes, greatest)}  ${bold(name)}`, width);
  return [
    ...(from && to ? [whole(to.bytes, "this image"), whole(from.bytes, "the other")] : []),
    ...(own ?? []),
    ...layers.gone.map((layer) => dim(layerLine(layer, greatest, width, "- "))),
  ];
}

function changeRows(changes: readonly Change[]): Row[] {
  return changes.map(({ name, from, to }) => {
    if (from === null) return ["+", name, to ?? ""];
    return to === null ? ["-", name, from] : ["~", name, `${from} → ${to}`];
  });
}
