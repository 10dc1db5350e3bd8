import type { BuiltImage, BuiltImages } from "../../release/build.ts";
import { bold, dim, green } from "../terminal/style.ts";
import { columns, formatDuration } from "../terminal/units.ts";
import { gateLines } from "./gate-text.ts";
import { contentLines } from "./receipt-text.ts";

/** As `buildText`, for whatever the file describes. */
export function buildsText(built: BuiltImage | BuiltImages, width?: number): string {
  const builds = "builds" in built ? built.builds : [built];
  return builds.map((one) => buildText(one, width)).join("\n\n");
}

/** A build for people: what it is, from what, and where it lies. */
function buildText(built: BuiltImage, width?: number): string {
  const { image, content, source, digest, layout, ms } = built;
  const head = content === "build" ? "built" : "was already built";
  const commit = source.commit.slice(0, 12);
  const changed = source.worktree === null ? "" : ", with uncommitted changes";
  return [
    `${green(bold(image))} ${head}  ${dim(formatDuration(ms))}`,
    `  ${digest}`,
    ...contentLines(built, width),
    "",
    ...columns(
      [
        ["commit", `${commit}${changed}`],
        ["inputs", source.inputs],
        ["layout", layout],
      ],
      { styleLast: dim, width },
    ),
    ...gateLines(built.gates, width),
  ].join("\n");
}
