import type { Verification, VerifiedTarget } from "../release/verify.ts";
import { bold, dim, green, red } from "./style.ts";
import { columns, formatBytes } from "./units.ts";

const indent = "    ";

/** A proof for people: every check at every target, the verdict first. */
export function verificationText(verification: Verification, width?: number): string {
  const { image, version, holds, targets } = verification;
  const verdict = holds
    ? green("is published as it should be")
    : red("is not published as it should be");
  const lines = targets.flatMap((target) => targetLines(target, width));
  return [`${bold(`${image} ${version}`)} ${verdict}`, ...lines].join("\n");
}

function targetLines(
  { id, revision, platforms, checks }: VerifiedTarget,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const rows = checks.map(({ name, holds, found }) => [holds ? "ok" : "NO", name, found]);
  const lines = columns(rows, { indent, width });
  const sizes = platforms
    .map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`)
    .join(", ");
  const about = [revision && `commit ${revision.slice(0, 12)}`, sizes].filter(Boolean).join("; ");
  return ["", `  ${bold(id)}${about && `  ${dim(about)}`}`, ...withFailuresRed(lines)];
}

/** A check may take several lines; those that hang below a failed one belong to it. */
function withFailuresRed(lines: readonly string[]): string[] {
  let failed = false;
  return lines.map((line) => {
    if (!line.startsWith(`${indent}  `)) failed = line.startsWith(`${indent}NO`);
    return failed ? red(line) : line;
  });
}
