import type { Copying } from "../../oci/copy.ts";
import { offerWhileGrowing } from "../../oci/growing-layout.ts";
import type { Layout } from "../../oci/layout.ts";
import type { PlanSource } from "../plan.ts";
import { inputsAnnotation } from "../planning/identity.ts";
import type { StepOutcome } from "../receipt.ts";
import type { World } from "../world.ts";
import { type BuildTarget, registryAuth } from "./registry-auth.ts";
import { perform, type StepOf } from "./steps.ts";

/** What is to be built, and which registries it may pull from as which principal. */
export interface BuildWish {
  readonly step: StepOf<"build">;
  readonly source: Pick<PlanSource, "inputs" | "committedAt">;
  readonly targets: readonly BuildTarget[];
}

/**
 * Builds into the store of layouts, or takes from there what was built from the same inputs before.
 * Finished blobs are offered to `copying` while the rest is still being exported: a blob without a
 * manifest has no name and hurts nobody.
 */
export async function buildLayout(
  { step, source, targets }: BuildWish,
  doing: { readonly world: World; readonly outcomes: StepOutcome[] },
  copying?: Pick<Copying, "offer">,
): Promise<Layout> {
  const { world } = doing;
  let layout = await world.layouts.find(source.inputs);
  await perform(doing, step, async () => {
    if (layout) return "already";
    const auth = await registryAuth(step.spec, targets, world);
    layout = await world.layouts.make(source.inputs, async (destination) => {
      const done = new AbortController();
      if (copying) void offerWhileGrowing(destination, copying, done.signal);
      const { [inputsAnnotation]: inputs = "", ...stated } = step.annotations;
      const building = world.docker.build({
        spec: step.spec,
        destination,
        labels: { ...stated, ...step.spec.labels },
        annotations: stated,
        // On a platform's own manifest they would make it another one in another company of platforms.
        rootAnnotations: { [inputsAnnotation]: inputs },
        epoch: Math.floor(Date.parse(source.committedAt) / 1000),
        registryAuth: auth,
      });
      await building.finally(() => done.abort());
    });
    return "done";
  });
  if (layout === undefined) throw new Error("a build without a layout");
  return layout;
}
