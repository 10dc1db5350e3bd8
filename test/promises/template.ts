import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import type { Effect } from "../../src/local/server.ts";
import { ecrClient } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release } from "../support/release.ts";

/** A world that something is about to change: a source, layouts built from it, registries with a past. */
export interface Template extends Disposable {
  readonly source: Project;
  /** `ACCOUNT/REGION` of every target. */
  readonly registries: readonly string[];
  /** The directory of the local ECR as it is before. */
  readonly ecrDir: string;
  /** The store of layouts as it is before. */
  readonly cacheDir: string;
  /** What took effect before, so that nobody has to ask what is there. */
  readonly past: readonly Effect[];
  /** All digests of each image, by the digest of its root. */
  readonly images: ReadonlyMap<string, readonly string[]>;
}

const account = "123456789012";
const config = (regions: readonly string[], image = "team/app", more = "") => `image: ${image}
targets: [${regions.join(", ")}]
repository: { create: true${more} }
lifecycle: lifecycle.json
`;
const policy = (kept: number) =>
  JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: kept },
        action: { type: "expire" },
      },
    ],
  });

/**
 * A repository with a commit for each version in `released`, which are published in all `regions`, and one
 * more commit, with another policy, whose image is built and not yet published. With `mountFrom`, a repository of that
 * name has the same layers, and registries mount them.
 */
export async function makeTemplate(
  regions: readonly string[],
  released: readonly string[],
  mountFrom?: string,
): Promise<Template> {
  const home = mkdtempSync(join(tmpdir(), "slipway-template-"));
  const source = project({ "slipway.yaml": config(regions), "lifecycle.json": policy(5) });
  const past: Effect[] = [];
  const [ecrDir, cacheDir] = [join(home, "ecr"), join(home, "cache")];
  const shape = { layers: [2000], ...(mountFrom && { seed: "shared" }) };
  {
    await using local = await rehearsal({ dir: ecrDir, onEffect: (effect) => past.push(effect) });
    if (mountFrom !== undefined) {
      for (const region of regions) await allowMounting(local, region);
      source.commit({ "slipway.yaml": config(regions, mountFrom) });
      await prepareLayout(source, local, shape);
      await release(source, "0.1.0");
      source.commit({ "slipway.yaml": config(regions, "team/app", `, mountFrom: ${mountFrom}`) });
    }
    for (const version of released) {
      await prepareLayout(source, local, shape);
      await release(source, version);
      source.commit({ "lifecycle.json": policy(6) });
    }
    await prepareLayout(source, local, shape);
    cpSync(local.cacheDir, cacheDir, { recursive: true });
  }
  return {
    source,
    registries: registriesIn(regions),
    ecrDir,
    cacheDir,
    past,
    images: imagesIn(cacheDir),
    [Symbol.dispose]() {
      source[Symbol.dispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function allowMounting({ ecr }: Rehearsal, region: string): Promise<void> {
  const setting = { name: "BLOB_MOUNTING", value: "ENABLED" };
  await ecrClient(ecr, { account, region }).send(new PutAccountSettingCommand(setting));
}

export function registriesIn(regions: readonly string[]): string[] {
  return regions.map((region) => `${account}/${region}`);
}

function imagesIn(cacheDir: string): Map<string, string[]> {
  const layouts = join(cacheDir, "layouts");
  return new Map(
    readdirSync(layouts).map((name) => {
      const index = JSON.parse(readFileSync(join(layouts, name, "index.json"), "utf8"));
      const blobs = readdirSync(join(layouts, name, "blobs", "sha256"));
      return [index.manifests[0].digest, blobs.map((hex) => `sha256:${hex}`)];
    }),
  );
}
