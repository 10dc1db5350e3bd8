import type { Verification, VerifiedTarget } from "../release/verify.ts";
import { bold, dim, green, red } from "./style.ts";
import { columns, formatBytes } from "./units.ts";

/** A proof for people: every check at every target, the verdict first. */
export function verificationText({ image, version, holds, targets }: Verification): string {
  const verdict = holds
    ? green("is published as it should be")
    : red("is not published as it should be");
  return [`${bold(`${image} ${version}`)} ${verdict}`, ...targets.flatMap(targetLines)].join("\n");
}

function targetLines({ id, revision, platforms, checks }: VerifiedTarget): string[] {
  const rows = checks.map(({ name, holds, found }) => [holds ? "ok" : "NO", name, found]);
  const lines = columns(rows, { indent: "    " });
  const sizes = platforms
    .map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`)
    .join(", ");
  const about = [revision && `commit ${revision.slice(0, 12)}`, sizes].filter(Boolean).join("; ");
  return [
    "",
    `  ${bold(id)}  ${dim(about)}`,
    ...lines.map((line, at) => (checks[at]?.holds ? line : red(line))),
  ];
}
