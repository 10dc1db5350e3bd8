import type { GateSettings, GateSubject, Judgement } from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { imageFacts, type PlatformFacts } from "../layers/image.ts";
import { binaryRemarks } from "./binaries.ts";
import { configRemarks } from "./config.ts";
import { fileRemarks } from "./files.ts";
import { layerRemarks } from "./layers.ts";
import { modeRemarks } from "./modes.ts";
import { allowing } from "./place.ts";
import { findingsOf, type Remark } from "./remark.ts";

type Settings = GateSettings["contents"];

/**
 * Looks into every layer of every platform for what should not leave: secrets, rights that are too wide, files for
 * another machine, layers that are no layers. Throws CONTENT_CORRUPT, NOT_FOUND or MANIFEST_INVALID when the layout is damaged.
 */
export async function judgeContents(
  settings: Settings,
  { image }: GateSubject,
  place: Pick<GatePlace, "cacheDir" | "now">,
): Promise<Judgement> {
  if (image === undefined) throw new Error("the contents gate has no image to look at");
  const platforms = await imageFacts(image, place);
  return contentsOf(settings, platforms);
}

/** As `judgeContents`, from the facts; pure. */
export function contentsOf(settings: Settings, platforms: readonly PlatformFacts[]): Judgement {
  const findings = findingsOf(
    platforms.map((one) => ({ platform: one.image.platform, remarks: remarksOf(settings, one) })),
  );
  const layers = new Set(
    platforms.flatMap(({ image }) => image.layers.map(({ digest }) => digest)),
  );
  const facts = new Set(platforms.flatMap((one) => one.layers));
  const files = [...facts].reduce((sum, { entries }) => sum + entries.length, 0);
  return { findings, summary: `${files} entries in ${layers.size} layers` };
}

function remarksOf(settings: Settings, platform: PlatformFacts): Remark[] {
  const { system } = platform;
  const allowed = allowing(settings.allow);
  return [
    ...layerRemarks(platform),
    ...fileRemarks(platform, system, allowed),
    ...modeRemarks(system, allowed),
    ...binaryRemarks(platform, system, allowed),
    ...configRemarks(platform, settings.user),
  ];
}
