import { SlipwayError } from "../errors.ts";
import { showValue } from "../wording.ts";
import { type Baked, bakedTarget, parseBake } from "./bake.ts";
import type { LoadOptions } from "./load.ts";
import type { ConfigMistake } from "./mistakes.ts";
import type { FileConfig } from "./schema.ts";

export interface ReadBake {
  readonly build: Baked;
  readonly mistakes: readonly ConfigMistake[];
}

const path = ["build", "bake"];

/** The build that the bake file of an image gives it, or why there is none; empty where it names none. */
export async function readBake(
  value: unknown,
  { overrides, printBake }: Pick<LoadOptions, "overrides" | "printBake">,
): Promise<ReadBake> {
  const { image = overrides.image ?? "", build } = value as FileConfig;
  const wanted: unknown = build?.bake;
  if (typeof wanted !== "string" || wanted === "" || !printBake) return { build: {}, mistakes: [] };
  const { file, target } = parseBake(wanted);
  const read = await printBake(file, target).then(
    (printed) => bakedTarget(printed, image, target),
    (error: unknown) => ({ mistake: unreadable(wanted, error) }),
  );
  if ("build" in read) return { ...read, mistakes: [] };
  return { build: {}, mistakes: [{ path, part: "value", message: read.mistake }] };
}

/** What buildx says against the file is a mistake in the configuration; that there is no docker is none. */
function unreadable(wanted: string, error: unknown): string {
  if (!(error instanceof SlipwayError && error.code === "CONFIG_INVALID")) throw error;
  return `docker buildx bake --print cannot read ${showValue(wanted)}: ${error.message}`;
}
