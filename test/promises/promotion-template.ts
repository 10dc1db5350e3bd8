import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effect } from "../../src/local/server.ts";
import { named, promote, wanting } from "../promotion/promotions.ts";
import { type Belongings, pushWithBelongings } from "../promotion/tree.ts";
import { project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { registriesIn, type Template } from "./template.ts";

const home = "us-east-1";
export const destinations = ["ap-south-1", "eu-west-1"];

/** The promotion of a version to all destinations, as a request. */
export function promotionOf(version: string) {
  const to = destinations.map((region) => ({ target: { region } }));
  return wanting({ images: [named(version)], to });
}

/**
 * Two versions at home, each with signatures, an SBOM and what cosign tags; the older one is promoted already, so
 * that floating tags have a past at the destinations.
 */
export async function makePromotionTemplate(): Promise<Template> {
  const dir = mkdtempSync(join(tmpdir(), "slipway-template-"));
  const source = project({
    "slipway.yaml": `image: team/app\ntargets: [${home}]\nrepository: { create: true }\n`,
  });
  const past: Effect[] = [];
  const [ecrDir, cacheDir] = [join(dir, "ecr"), join(dir, "cache")];
  const images = new Map<string, string[]>();
  {
    await using local = await rehearsal({ dir: ecrDir, onEffect: (effect) => past.push(effect) });
    for (const version of ["1.0.0", "1.1.0"]) {
      const all = await pushWithBelongings(local, [version], { region: home, seed: version });
      images.set(all.root, digestsOf(all));
      images.set(all.companion.digest, [all.companion.digest]);
    }
    await promote(promotionOf("1.0.0"));
  }
  return {
    ...{ source, ecrDir, cacheDir, past, images },
    registries: registriesIn([home, ...destinations]),
    [Symbol.dispose]() {
      source[Symbol.dispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function digestsOf({ image, companion, ...all }: Belongings): string[] {
  const { root, signature, childSignature, sbom, sbomSignature } = all;
  const belonging = [signature, childSignature, sbom, sbomSignature, companion.digest];
  return [root, ...image.blobs.keys(), ...belonging];
}
