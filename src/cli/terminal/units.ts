import { inOneLine } from "./printable.ts";

/** `1.4 MB`, decimal as registries count them; under 1 kB in bytes. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `850 ms`, `12.3 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** `2026-11-21 19:27 UTC` from an ISO time. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** The first twelve digits: enough for people to tell two digests apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

/** The greatest of numbers that are not below 0, which is that of none. Of any number of them: `Math.max(...values)` takes some 100,000. */
export function greatestOf(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), 0);
}

export interface ColumnOptions {
  readonly indent?: string;
  /** Characters a line may have; the last column is wrapped to keep to it. */
  readonly width?: number | undefined;
  readonly styleLast?: (text: string) => string;
}

/** The last column keeps at least this much room, however narrow the terminal. */
const leastRoom = 24;

/** Lines with their columns aligned, two spaces between them, and the last column wrapped. A cell never makes a line of its own. */
export function columns(
  table: readonly (readonly string[])[],
  options: ColumnOptions = {},
): string[] {
  const { indent = "  ", width = Number.POSITIVE_INFINITY, styleLast = (text) => text } = options;
  const rows = table.map((row) => row.map(inOneLine));
  const last = (rows[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: last }, (_, at) =>
    greatestOf(rows.map((row) => row[at]?.length ?? 0)),
  );
  const before = indent.length + widths.reduce((sum, one) => sum + one + 2, 0);
  return rows.flatMap((row) => {
    const head = widths.map((one, at) => `${(row[at] ?? "").padEnd(one)}  `).join("");
    const lines = wrap(row[last] ?? "", Math.max(leastRoom, width - before));
    // A digest that has no room after the head has it on a line of its own, and its last sign no line for itself.
    const isTooLong = last > 0 && before + (lines[0]?.length ?? 0) > width;
    const [first = "", ...rest] = isTooLong ? ["", ...lines] : lines;
    const hanging = rest.map((line) => `${hang(line, before, width)}${styleLast(line)}`);
    return [`${indent}${head}${first && styleLast(first)}`.trimEnd(), ...hanging];
  });
}

/** What stands before a line that hangs below its column: less where the line would not fit. */
function hang(line: string, before: number, width: number): string {
  return " ".repeat(Math.max(0, Math.min(before, width - line.length)));
}

/** A text in lines of at most `width` characters, all indented alike. */
export function paragraph(
  text: string,
  width: number | undefined,
  style: (line: string) => string = (line) => line,
  indent = "  ",
): string[] {
  return columns([[text]], { indent, styleLast: style, width });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
