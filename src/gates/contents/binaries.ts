import type { FindingLevel } from "../../release/gate.ts";
import type { FileSystem } from "../layers/file-system.ts";
import type { PlatformFacts } from "../layers/image.ts";
import { isForeignGround } from "./place.ts";
import type { Remark } from "./remark.ts";

/** What a machine runs beside its own programs. */
const alsoRuns = new Map([
  ["amd64", ["amd64", "386"]],
  ["arm64", ["arm64", "arm"]],
]);

const startedFrom = /^(?:usr\/(?:local\/)?)?s?bin\/|^lib(?:64)?\/ld-/;

/** Programs and libraries for another machine than the platform under which they are published. */
export function binaryRemarks(
  { config, image, layers }: PlatformFacts,
  { visible }: FileSystem,
  allowed: (path: string) => boolean,
): Remark[] {
  const { os, architecture } = config;
  if (os !== "linux" || architecture === "") return [];
  const runs = new Set(alsoRuns.get(architecture) ?? [architecture]);
  const seen = new Set(visible.map(({ entry, layer }) => `${layer} ${entry.path}`));
  const [program = ""] = [...image.settings.entrypoint, ...image.settings.cmd];
  const started = program.replace(/^\//, "");
  return layers.flatMap(({ binaries }, layer) =>
    binaries
      .filter(({ path, machine }) => !runs.has(machine) && seen.has(`${layer} ${path}`))
      .filter(({ path }) => !allowed(path))
      .map(({ path, machine }) => ({
        code: "WRONG_MACHINE" as const,
        level: path === started ? "error" : levelOf(path),
        where: `layer ${layer + 1} /${path}`,
        message: `a program or library for ${machine}, in an image for ${architecture}`,
      })),
  );
}

/** Emulators, cross compilers and packages bring files for other machines on purpose, but not among the commands. */
function levelOf(path: string): FindingLevel {
  if (startedFrom.test(path)) return "error";
  return isForeignGround(path) ? "info" : "warning";
}
