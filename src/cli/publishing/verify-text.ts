import { waysOut } from "../../release/problem.ts";
import type { Verification, VerifiedTarget } from "../../release/verify.ts";
import { bold, dim, green, red } from "../terminal/style.ts";
import { columns, formatBytes } from "../terminal/units.ts";
import { noteLines } from "./plan-text.ts";
import { wayLines } from "./way-text.ts";

const indent = "    ";

/** A proof for people: the verdict, a table of all checks at all targets, and what was found where one fails. */
export function verificationText(verification: Verification, width?: number): string {
  const { image, version, holds, targets } = verification;
  const verdict = holds
    ? green("is published as it should be")
    : red("is not published as it should be");
  const head = `${bold(`${image} ${version}`)} ${verdict}`;
  if (targets.length < 2) {
    const lines = targets.flatMap((target) => targetLines(target, width));
    return [head, "", ...lines, ...notesOf(verification, width)].join("\n");
  }
  const isShared = sharedBetween(targets);
  const numbered = targets.map((target, at) => ({ target, number: `${at + 1}` }));
  const details = numbered.flatMap(({ target, number }) => {
    const own = target.checks.filter((check) => !check.holds && !isShared(check));
    const lines = targetLines({ ...target, checks: own }, width, `${number}  `);
    return number === "1" || own.length > 0 ? ["", ...lines] : lines;
  });
  const shared = targets[0]?.checks.filter(isShared) ?? [];
  const sharedWays = targets.flatMap(({ checks }) => checks.filter(isShared));
  const all =
    shared.length > 0 ? ["", "  at all targets", ...checkLines(shared, width, sharedWays)] : [];
  return [head, ...tableLines(targets), ...details, ...all, ...notesOf(verification, width)].join(
    "\n",
  );
}

type OneCheck = VerifiedTarget["checks"][number];

/** Whether a check fails in the same words everywhere; such a one is told once. */
function sharedBetween(targets: readonly VerifiedTarget[]) {
  return ({ name, holds, found }: OneCheck): boolean =>
    !holds &&
    targets.every(({ checks }) => checks.some((one) => one.name === name && one.found === found));
}

function notesOf(verification: Verification, width?: number): string[] {
  return verification.notes.length > 0 ? ["", ...noteLines(verification, width)] : [];
}

/** A check a line, a target a column; `–` where a check was not come to. */
function tableLines(targets: readonly VerifiedTarget[]): string[] {
  const lists = targets.map(({ checks }) => checks.map(({ name }) => name));
  const fullest = lists.reduce((most, list) => (list.length > most.length ? list : most));
  // What stopped a target early comes before what was not come to there.
  const early = lists.flat().filter((name) => !fullest.includes(name));
  const names = [...new Set([...early, ...fullest])];
  const longest = Math.max(...names.map((name) => name.length));
  const header = `  ${" ".repeat(longest)}${targets.map((_, at) => `  ${at + 1}`.padStart(5)).join("")}`;
  const lines = names.map((name) => {
    const marks = targets.map(({ checks }) => markOf(checks.find((check) => check.name === name)));
    const line = `  ${name.padEnd(longest)}${marks.map((mark) => mark.padStart(5)).join("")}`;
    return marks.includes("NO") ? red(line) : line;
  });
  return ["", dim(header), ...lines];
}

function markOf(check: OneCheck | undefined): string {
  if (check === undefined) return "–";
  return check.holds ? "ok" : "NO";
}

function targetLines(
  { id, revision, platforms, checks }: VerifiedTarget,
  width?: number,
  number = "",
): string[] {
  const sizes = platforms
    .map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`)
    .join(", ");
  const about = [revision && `commit ${revision.slice(0, 12)}`, sizes].filter(Boolean).join("; ");
  const head = columns([[`${number}${id}`, about]], { width, styleLast: dim });
  return [...head.map((line) => line.replace(id, bold)), ...checkLines(checks, width)];
}

/** Checks, and below them what makes those hold which do not, at all targets that `told` is of. */
function checkLines(
  checks: readonly OneCheck[],
  width = Number.POSITIVE_INFINITY,
  told = checks,
): string[] {
  const rows = checks.map(({ name, holds, found }) => [holds ? "ok" : "NO", name, found]);
  return [
    ...withFailuresRed(columns(rows, { indent, width })),
    ...waysOut(told).flatMap((way) => wayLines(way, indent, width)),
  ];
}

/** A check may take several lines; those that hang below a failed one belong to it. */
function withFailuresRed(lines: readonly string[]): string[] {
  let failed = false;
  return lines.map((line) => {
    const [, mark] = /^ {4}(ok|NO) {2}/.exec(line) ?? [];
    if (mark !== undefined) failed = mark === "NO";
    return failed ? red(line) : line;
  });
}
