import type { GateSubject, Judgement, SizeSettings } from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { imageFacts } from "../layers/image.ts";
import { sizeFindings } from "./findings.ts";
import { measure } from "./measure.ts";

/**
 * Weighs every platform by layer, and holds it against the budget and the release before. Throws CONTENT_CORRUPT,
 * NOT_FOUND or MANIFEST_INVALID when the layout is damaged.
 */
export async function judgeSize(
  settings: SizeSettings,
  { image, before }: GateSubject,
  place: Pick<GatePlace, "cacheDir" | "now">,
): Promise<Judgement> {
  if (image === undefined) throw new Error("the size gate has no image to look at");
  const platforms = (await imageFacts(image, place)).map((one) => measure(one, before));
  return {
    findings: platforms.flatMap((size) => sizeFindings(size, settings)),
    summary: platforms
      .map(({ platform, bytes }) => `${platform} ${(bytes / 1_000_000).toFixed(1)} MB`)
      .join(", "),
    report: { platforms },
  };
}
