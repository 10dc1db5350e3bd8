import { canonicalPlatform } from "../../oci/platform.ts";
import type { Finding, GateSubject } from "../../release/gate.ts";
import { type ConfiguredImage, readConfigs } from "../images.ts";

export interface Chosen {
  readonly images: readonly ConfiguredImage[];
  /** What was to be run and is not there. */
  readonly absent: readonly Finding[];
}

/** The images to run: those of the platforms that were asked for, or the one of the engine's own. */
export async function choosePlatforms(
  image: NonNullable<GateSubject["image"]>,
  asked: readonly string[],
  native: string,
): Promise<Chosen> {
  const all = await readConfigs(image);
  const wanted = (asked.length > 0 ? asked : [native]).map(canonicalPlatform);
  return {
    images: all.filter(({ platform }) => wanted.includes(canonicalPlatform(platform))),
    absent: wanted
      .filter((one) => !all.some(({ platform }) => canonicalPlatform(platform) === one))
      .map((one) => absent(one, all)),
  };
}

function absent(wanted: string, all: readonly ConfiguredImage[]): Finding {
  const platforms = all.map(({ platform }) => platform);
  return {
    code: "SMOKE_PLATFORM",
    level: "error",
    place: wanted,
    message: `the image has ${platforms.join(", ") || "nothing to run"}, and not ${wanted}`,
    reason: "nothing of it has been tried",
    repair: `gates.smoke.platforms: [${platforms[0] ?? wanted}] runs it under emulation`,
  };
}
