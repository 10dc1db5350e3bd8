import type { BuiltImage } from "../release/build.ts";
import { gateLines } from "./gate-text.ts";
import { contentLines } from "./receipt-text.ts";
import { bold, dim, green } from "./style.ts";
import { columns, formatDuration } from "./units.ts";

/** A build for people: what it is, from what, and where it lies. */
export function buildText(built: BuiltImage, width?: number): string {
  const { image, content, source, digest, layout, ms } = built;
  const head = content === "build" ? "built" : "was already built";
  const commit = source.commit.slice(0, 12);
  const changed = source.worktree === null ? "" : ", with uncommitted changes";
  return [
    `${green(bold(image))} ${head}  ${dim(formatDuration(ms))}`,
    `  ${digest}`,
    ...contentLines(built),
    "",
    ...columns(
      [
        ["commit", `${commit}${changed}`],
        ["inputs", source.inputs],
        ["layout", layout],
      ],
      { styleLast: dim, ...(width !== undefined && { width }) },
    ),
    ...gateLines(built.gates, width),
  ].join("\n");
}
