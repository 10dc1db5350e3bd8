import type { ImageBuild } from "../../docker/build.ts";
import type { Copying } from "../../oci/copy.ts";
import { offerWhileGrowing } from "../../oci/growing-layout.ts";
import type { Layout } from "../../oci/layout.ts";
import type { PlanSource } from "../plan.ts";
import { inputsAnnotation } from "../planning/identity.ts";
import type { StepOutcome } from "../receipt.ts";
import type { World } from "../world.ts";
import { authOf, groupBuilds, type KnownBuild } from "./build-groups.ts";
import { type BuildTarget, registryAuth } from "./registry-auth.ts";
import { perform, type StepOf } from "./steps.ts";
import { together } from "./together.ts";

/** One image to be built: what, and which registries it may pull from as which principal. */
export interface BuildWish {
  readonly image: string;
  readonly step: StepOf<"build">;
  readonly source: Pick<PlanSource, "inputs" | "committedAt">;
  readonly targets: readonly BuildTarget[];
  /** Reports of this image are its own. */
  readonly world: World;
  readonly outcomes: StepOutcome[];
  /** Where finished blobs are offered while the rest is still being exported. */
  readonly copying?: Pick<Copying, "offer"> | undefined;
}

/** A wish that the store has nothing for. */
interface Missing extends KnownBuild {
  readonly wish: BuildWish;
}

/**
 * Builds images into the store of layouts, or takes from there what was built from the same inputs before. What must
 * be built goes to buildx in as few calls as there can be. Finished blobs are offered while the rest is still being
 * exported: a blob without a manifest has no name and hurts nobody.
 */
export async function buildLayouts(
  wishes: readonly BuildWish[],
): Promise<(wish: BuildWish) => Layout> {
  const layouts = new Map<BuildWish, Layout>();
  const missing = await together(wishes, async (wish): Promise<Missing[]> => {
    const { world, step, source, targets } = wish;
    const found = await world.layouts.find(source.inputs);
    if (found === undefined) {
      return [{ wish, spec: step.spec, auth: await registryAuth(step.spec, targets, world) }];
    }
    layouts.set(wish, found);
    await perform(wish, step, async () => "already");
    return [];
  });
  await together(groupBuilds(wishes.flatMap(missing)), async (group) => {
    for (const [wish, layout] of await buildGroup(group)) layouts.set(wish, layout);
  });
  return (wish) => layouts.get(wish) as Layout;
}

/** One call of buildx: the steps of all its images begin with it and end with it. */
async function buildGroup(group: readonly Missing[]): Promise<Map<BuildWish, Layout>> {
  let building: Promise<readonly Layout[]> | undefined;
  const made = new Map<BuildWish, Layout>();
  await together([...group.entries()], async ([at, { wish }]) => {
    await perform(wish, wish.step, async () => {
      building ??= makeLayouts(group);
      made.set(wish, (await building)[at] as Layout);
      return "done";
    });
  });
  return made;
}

async function makeLayouts(group: readonly Missing[]): Promise<readonly Layout[]> {
  const world = (group[0] as Missing).wish.world;
  const keys = group.map(({ wish }) => wish.source.inputs);
  return await world.layouts.make(keys, async (directories) => {
    const done = new AbortController();
    const images = group.map(({ wish }, at) => imageBuild(wish, directories[at] as string));
    for (const [at, { wish }] of group.entries()) {
      const directory = directories[at] as string;
      if (wish.copying) void offerWhileGrowing(directory, wish.copying, done.signal);
    }
    await world.docker.build(images, authOf(group)).finally(() => done.abort());
  });
}

function imageBuild({ image, step, source, world }: BuildWish, destination: string): ImageBuild {
  const { [inputsAnnotation]: inputs = "", ...stated } = step.annotations;
  return {
    image,
    spec: step.spec,
    destination,
    labels: { ...stated, ...step.spec.labels },
    annotations: stated,
    // On a platform's own manifest they would make it another one in another company of platforms.
    rootAnnotations: { [inputsAnnotation]: inputs },
    epoch: Math.floor(Date.parse(source.committedAt) / 1000),
    report: (event) => world.report({ type: "build", event }),
  };
}
