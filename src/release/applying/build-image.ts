import { SlipwayError } from "../../errors.ts";
import type { Copying } from "../../oci/copy.ts";
import { imageFromGiven } from "../given-layouts.ts";
import type { Plan } from "../plan.ts";
import type { World } from "../world.ts";
import { type BuildWish, buildLayouts } from "./build-layout.ts";
import { imageOfLayout, type PlannedImage } from "./image-source.ts";
import { type Applying, stepsOf } from "./steps.ts";

/**
 * Builds the plans' images into the store of layouts, together, or takes them from there when an earlier run of the
 * same plan, or `slipway build`, put them there.
 */
export async function buildImages(
  all: readonly Applying[],
  copying: (applying: Applying) => Copying | undefined,
): Promise<(applying: Applying) => Promise<PlannedImage>> {
  const wishes = new Map(all.map((one) => [one, wishOf(one, copying(one))]));
  const layoutOf = await buildLayouts([...wishes.values()]);
  return async (one) => await imageOfLayout(layoutOf(wishes.get(one) as BuildWish));
}

function wishOf(applying: Applying, copying: Copying | undefined): BuildWish {
  const { plan, targets, world, outcomes } = applying;
  const [step] = stepsOf(applying, "build");
  if (step === undefined) throw new SlipwayError("PLAN_INVALID", "the plan has no build step");
  const { image, source } = plan;
  return { image, step, source, targets: [...targets.values()], world, outcomes, copying };
}

/**
 * A saved plan may be applied elsewhere: what would be built there must be the project and the commit that were planned,
 * layouts that were built before it must be there, the same ones, and what is built must find a place to be kept.
 * Asked before anything is touched. Throws PLAN_STALE, or what the file system says.
 */
export async function checkSource(
  { source, directory, content }: Plan,
  world: World,
): Promise<void> {
  if (content.from === "layouts") await imageFromGiven(content);
  if (content.from !== "build" || (await world.layouts.find(source.inputs))) return;
  const { commit, worktree, directory: here } = await world.git.head();
  if (here !== directory) throw elsewhere(directory, here);
  if (commit === source.commit && worktree === source.worktree) {
    await world.layouts.verifyWritable();
    return;
  }
  const found = worktree === null ? commit : `${commit} with uncommitted changes`;
  throw new SlipwayError(
    "PLAN_STALE",
    `the plan is for commit ${source.commit}, and here is ${found}`,
    {
      suggestions: [`git checkout ${source.commit}`, "plan again: slipway plan"],
    },
  );
}

/** The same paths mean other files there, and git would not see it. */
function elsewhere(planned: string, here: string): SlipwayError {
  const [wanted, found] = [planned, here].map((one) => one || "the top of the repository");
  const message = `the plan is for the project in ${wanted}, and here is ${found}`;
  return new SlipwayError("PLAN_STALE", message, {
    suggestions: [`run the same command in ${wanted}, with the path of the plan from there`],
  });
}
