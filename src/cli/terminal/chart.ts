import { greatestOf } from "./units.ts";

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar for a terminal, as long as the value's share of the greatest, to an eighth of a character. */
export function bar(value: number, greatest: number, width: number): string {
  if (greatest <= 0) return "";
  const cells = (value / greatest) * width;
  const whole = Math.floor(cells);
  const rest = eighths[Math.floor((cells - whole) * 8)] ?? "";
  const text = `${"█".repeat(whole)}${rest}`;
  return text === "" && value > 0 ? "▏" : text;
}

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly values: readonly number[];
  readonly show: (value: number) => string;
}

const width = 860;
const height = 220;
const left = 90;
const top = 30;

/** Line charts of equally long series as an SVG document, one below the other, each with its own scale. */
export function lineCharts(
  title: string,
  xLabels: readonly [string, string],
  series: readonly Series[],
): string {
  const total = series.length * (height + 60) + 40;
  const charts = series.map((one, at) => lineChart(one, xLabels, 40 + at * (height + 60)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width + left + 30}" height="${total}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${left}" y="24" font-size="16">${escapeXml(title)}</text>`,
    ...charts,
    "</svg>\n",
  ].join("\n");
}

function lineChart(
  { name, color, values, show }: Series,
  [from, to]: readonly [string, string],
  y: number,
): string {
  const greatest = Math.max(greatestOf(values), 1);
  const step = width / Math.max(1, values.length - 1);
  const heightOf = (value: number) => y + top + height - (value / greatest) * height;
  const points = values.map(
    (value, at) => `${(left + at * step).toFixed(1)},${heightOf(value).toFixed(1)}`,
  );
  const lines = [0, greatest / 2, greatest].map((value) => {
    const at = heightOf(value).toFixed(1);
    return `<path d="M${left} ${at}H${left + width}" stroke="#ddd"/><text x="${left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${escapeXml(show(value))}</text>`;
  });
  const below = y + top + height + 18;
  return [
    `<text x="${left}" y="${y + 18}" fill="${color}">${escapeXml(name)}</text>`,
    ...lines,
    `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
    `<text x="${left}" y="${below}">${escapeXml(from)}</text>`,
    `<text x="${left + width}" y="${below}" text-anchor="end">${escapeXml(to)}</text>`,
  ].join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
