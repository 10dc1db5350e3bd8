import { foreign, inOneLine } from "../terminal/printable.ts";
import { bold } from "../terminal/style.ts";
import { columns, shortDigest } from "../terminal/units.ts";

export type Row = readonly string[];

const indent = "    ";

/** A line as wide as the terminal at the most. */
export function cut(line: string, width = Number.POSITIVE_INFINITY): string {
  const shown = inOneLine(line);
  return shown.length <= width ? shown : `${shown.slice(0, width - 1)}…`;
}

/** Rows under a title; nothing without rows. */
export function section(title: string, rows: readonly Row[], width?: number): string[] {
  if (rows.length === 0) return [];
  const shown = rows.map((row) => row.map(shortHashes));
  const lines = columns(shown, { indent, width });
  return ["", `  ${bold(foreign(title))}`, ...lines.map((line) => cut(line, width))];
}

/** A section for each group of platforms that have the same rows; what all have in common is said once. */
export function sectionsOf<T extends { readonly platform: string }>(
  title: string,
  platforms: readonly T[],
  rowsOf: (one: T) => readonly Row[],
  width?: number,
): string[] {
  const groups = Map.groupBy(platforms, (one) => JSON.stringify(rowsOf(one)));
  return [...groups.values()].flatMap((ones) => {
    const [first] = ones;
    const whose = groups.size > 1 ? `: ${ones.map(({ platform }) => platform).join(", ")}` : "";
    return first ? section(`${title}${whose}`, rowsOf(first), width) : [];
  });
}

/** Digests and commits by their first twelve digits: `--json` has them whole. */
function shortHashes(text: string): string {
  return foreign(text)
    .replace(/sha256:[0-9a-f]{64}/g, shortDigest)
    .replace(/\b[0-9a-f]{40}\b/g, (commit) => commit.slice(0, 12));
}
