import type { Finding, FindingLevel, GateResult } from "../../release/gate.ts";
import { foreign } from "../terminal/printable.ts";
import { bold, dim, green, red, yellow } from "../terminal/style.ts";
import { columns } from "../terminal/units.ts";
import { sizeLines } from "./size-text.ts";
import { wayLines } from "./way-text.ts";

const colours: Readonly<Record<FindingLevel, (text: string) => string>> = {
  error: red,
  warning: yellow,
  info: dim,
};

const states: Readonly<Record<GateResult["state"], string>> = {
  passed: green("passed"),
  warned: yellow("warned"),
  failed: red("failed"),
  skipped: yellow("skipped"),
};

/** What the gates found, each with its findings: what, where, why, and what to do. */
export function gateLines(gates: readonly GateResult[], width?: number): string[] {
  return gates.flatMap(({ gate, state, summary, findings, report }) => [
    `  ${bold(`gate ${gate}`)} ${states[state]}${summary === "" ? "" : `  ${dim(summary)}`}`,
    ...(report ? sizeLines(report, width) : []),
    ...findings.flatMap((finding) => findingLines(finding, width)),
  ]);
}

/** One finding: what and where, why, and what to do. */
export function findingLines(
  { code, level, place, message, reason, repair, url, output = [] }: Finding,
  width?: number,
) {
  const row = (label: string, text: string) =>
    columns([[label, text]], { indent: "      ", width });
  return [
    ...columns([[code, `${place}: ${message}`]], { indent: "    ", width }).map((line) =>
      line.replace(code, colours[level](code)),
    ),
    ...output.map((line) => `      ${dim("|")} ${foreign(line)}`),
    ...row("why", reason),
    ...wayLines(repair, "      ", width),
    ...(url === undefined ? [] : row("see", url)),
  ];
}
