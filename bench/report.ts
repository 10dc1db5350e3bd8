import { median, type Samples } from "./measure.ts";

export type Unit = "ms" | "MB" | "MB/s" | "%";

/** One line of a report: what was measured, and against what. */
export interface Finding extends Samples {
  readonly unit: Unit;
  readonly against?: Ratio;
  /** What the value is wanted to be at the most. */
  readonly goal?: number;
}

export interface Ratio {
  readonly what: string;
  /** Median to median. */
  readonly ratio: number;
  /** What the ratio is wanted to be at the most: information, nothing depends on it. */
  readonly goal?: number;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** Lines that stand below the findings as they are. */
  readonly notes: readonly string[];
  /** What could not be measured, and why. */
  readonly gaps: readonly string[];
}

/** The samples as a line, with their ratio to `other`. */
export function compared(samples: Samples, other: Samples, goal?: number): Finding {
  const ratio = median(samples.values) / median(other.values);
  return {
    ...samples,
    unit: "ms",
    against: { what: other.what, ratio, ...(goal !== undefined && { goal }) },
  };
}

/** A report as lines for people: median, least and most, ratio, goal. */
export function reportLines({ findings, notes, gaps }: Report): string[] {
  const cells = findings.map((finding) => [finding.what, ...numbers(finding), verdict(finding)]);
  const widths = [0, 1, 2].map((at) => Math.max(0, ...cells.map((row) => row[at]?.length ?? 0)));
  const lines = cells.map(([what = "", middle = "", range = "", rest = ""]) =>
    [
      what.padEnd(widths[0] ?? 0),
      middle.padStart(widths[1] ?? 0),
      range.padEnd(widths[2] ?? 0),
      rest,
    ]
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...notes, ...gaps.map((gap) => `not measured: ${gap}`)];
}

function numbers({ values, unit }: Finding): [string, string] {
  const range =
    values.length > 1 ? `(${round(Math.min(...values))}–${round(Math.max(...values))})` : "";
  return [`${round(median(values))} ${unit}`, range];
}

function verdict({ against, goal, values, unit }: Finding): string {
  if (against === undefined) return goal === undefined ? "" : wish(median(values), goal, unit);
  const ratio = `${against.ratio.toFixed(2)} × ${against.what}`;
  return against.goal === undefined
    ? ratio
    : `${ratio}, ${wish(Number(against.ratio.toFixed(2)), against.goal, "")}`;
}

function wish(value: number, goal: number, unit: string): string {
  return `goal ≤ ${goal}${unit && ` ${unit}`}: ${value <= goal ? "met" : "not met"}`;
}

function round(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
