import type { Digest } from "../../oci/reference.ts";
import type { GateSubject } from "../../release/gate.ts";
import { makeScratch } from "../../scratch.ts";
import { type ConfiguredImage, imageBefore, readConfigs } from "../images.ts";
import type { GatePlace } from "../judge.ts";
import { type Kept, keptIn } from "../kept.ts";
import { writePlatformLayout } from "./platform-layout.ts";
import type { ScannerFacts } from "./reports.ts";
import { askAbout, type scanners, scanWith } from "./scanners.ts";
import type { ScannedImage, Vulnerability } from "./vulnerability.ts";

/** New vulnerabilities become known every day: what was found is taken for as long. */
const freshMs = 6 * 60 * 60_000;

/** Another number when reports are read in another way: what was kept before is not looked at again. */
const rules = 1;

export interface LayoutScan {
  /** Such as `trivy 0.66.0`. */
  readonly tool: string;
  readonly images: readonly ScannedImage[];
}

/**
 * Lets a scanner of this machine look at each image of the layout, one after the other: they share a database that one
 * process opens. What the same version found with the same database in the same image is taken again for six hours.
 * What the scanner last found in the images of the release before, whenever that was on this machine, is beside it.
 * Throws ScannerFailure.
 */
export async function scanLayout(
  name: keyof typeof scanners,
  image: NonNullable<GateSubject["image"]>,
  place: GatePlace,
  previous?: GateSubject["before"],
): Promise<LayoutScan> {
  const kept = keptIn(place);
  let facts = await askAbout(name, place);
  const images: ScannedImage[] = [];
  for (const one of await readConfigs(image)) {
    const known = await findScan(kept, name, facts, one);
    const found = known ?? (await scanOne(name, one, image, place));
    if (known === undefined) {
      // The run may have brought a newer database than it began with.
      facts = await askAbout(name, place);
      await kept.keep(lastKey(name, one.stored.digest), found);
      if (facts.database !== null) await kept.keep(keyOf(name, facts, one), found);
    }
    const old = previous && imageBefore(one.platform, previous);
    const before = old && (await lastScan(kept, name, old.digest));
    images.push({ place: one.platform, vulnerabilities: found, ...(before && { before }) });
  }
  return { tool: `${name} ${facts.version}`, images };
}

function keyOf(tool: string, { version, database }: ScannerFacts, { stored }: ConfiguredImage) {
  return { gate: "scan", rules, tool, version, database, digest: stored.digest };
}

/** The last scan of an image by any version and database: good enough to know what an older release had. */
function lastKey(tool: string, last: Digest) {
  return { gate: "scan", rules, tool, last };
}

async function lastScan(kept: Kept, tool: string, digest: Digest) {
  return (await kept.find(lastKey(tool, digest))) as readonly Vulnerability[] | undefined;
}

async function findScan(
  kept: Kept,
  tool: string,
  facts: ScannerFacts,
  image: ConfiguredImage,
): Promise<readonly Vulnerability[] | undefined> {
  if (facts.database === null) return undefined;
  const found = await kept.find(keyOf(tool, facts, image), freshMs);
  return found as readonly Vulnerability[] | undefined;
}

async function scanOne(
  name: keyof typeof scanners,
  one: ConfiguredImage,
  image: NonNullable<GateSubject["image"]>,
  place: GatePlace,
): Promise<readonly Vulnerability[]> {
  await using scratch = await makeScratch("scan");
  await writePlatformLayout(scratch.path, one, image);
  return await scanWith(name, scratch.path, place);
}
