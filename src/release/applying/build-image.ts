import { SlipwayError } from "../../errors.ts";
import type { Copying } from "../../oci/copy.ts";
import { offerWhileGrowing } from "../../oci/growing-layout.ts";
import type { Plan } from "../plan.ts";
import { inputsAnnotation } from "../planning/identity.ts";
import type { World } from "../world.ts";
import { imageOfLayout, type PlannedImage } from "./image-source.ts";
import { registryAuth } from "./registry-auth.ts";
import { type Applying, perform, stepsOf } from "./steps.ts";

/**
 * Builds the plan's image into the store of layouts, or takes it from there when an earlier run of the
 * same plan built it and died afterwards. Finished blobs are offered to the targets while the rest is
 * still being exported: a blob without a manifest has no name and hurts nobody.
 */
export async function buildImage(
  applying: Applying,
  copying: Pick<Copying, "offer">,
): Promise<PlannedImage> {
  const { plan, world, targets } = applying;
  const [step] = stepsOf(applying, "build");
  if (step === undefined) throw new SlipwayError("PLAN_INVALID", "the plan has no build step");
  let layout = await world.layouts.find(plan.source.inputs);
  await perform(applying, step, async () => {
    if (layout) return "already";
    const { [inputsAnnotation]: _, ...labels } = step.annotations;
    const auth = await registryAuth(step.spec, [...targets.values()], world);
    layout = await world.layouts.make(plan.source.inputs, async (destination) => {
      const done = new AbortController();
      void offerWhileGrowing(destination, copying, done.signal);
      const building = world.docker.build({
        spec: step.spec,
        destination,
        labels: { ...labels, ...step.spec.labels },
        annotations: step.annotations,
        epoch: Math.floor(Date.parse(plan.source.committedAt) / 1000),
        registryAuth: auth,
      });
      await building.finally(() => done.abort());
    });
    return "done";
  });
  if (layout === undefined) throw new Error("a build without a layout");
  return await imageOfLayout(layout);
}

/**
 * A saved plan may be applied elsewhere: what would be built there must be the commit that was planned.
 * Asked before anything is touched. Throws PLAN_STALE.
 */
export async function checkSource({ source, content }: Plan, world: World): Promise<void> {
  if (content.from !== "build" || (await world.layouts.find(source.inputs))) return;
  const { commit, worktree } = await world.git.observe("");
  if (commit === source.commit && worktree === source.worktree) return;
  const found = worktree === null ? commit : `${commit} with uncommitted changes`;
  throw new SlipwayError(
    "PLAN_STALE",
    `the plan is for commit ${source.commit}, and here is ${found}`,
    {
      suggestions: [`git checkout ${source.commit}`, "plan again: slipway plan"],
    },
  );
}
