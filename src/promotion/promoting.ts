import type { FoundManifest } from "../ecr/types.ts";
import type { Digest } from "../oci/reference.ts";
import { storedIn } from "../oci/tree.ts";
import type { Attached } from "../release/applying/attach-receipt.ts";
import type { Carrying } from "../release/applying/steps.ts";
import { textOf } from "../release/contents.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { StepOutcome } from "../release/receipt.ts";
import type { World } from "../release/world.ts";
import type { Promotable } from "./observed.ts";
import type { Goal, PromotionPlan, PromotionStep } from "./plan.ts";

/** A promotion on its way. */
export interface Promoting {
  readonly plan: PromotionPlan;
  readonly images: readonly Promotable[];
  readonly world: World;
  readonly startedAt: Date;
  readonly targets: Carrying["targets"];
  readonly outcomes: StepOutcome[];
  /** What became of the record of each goal. */
  readonly attached: Map<Goal, Attached>;
}

/** The steps of one target, as a release carries them out in its one repository. */
export function partOf(
  { plan, world, targets, outcomes }: Promoting,
  target: string,
  steps: readonly PromotionStep[],
  goal?: Goal,
): Carrying {
  const image = plan.targets.find(({ id }) => id === target)?.repository ?? "";
  const own = steps.filter((step) => "target" in step && step.target === target);
  const part = {
    ...{ image, tags: goal?.tags ?? [], versionTemplates: plan.versionTemplates, steps: own },
    ...(goal && { root: { digest: goal.image, versions: versionsIn(plan, goal.image) } }),
  };
  return { plan: part, world, targets, outcomes };
}

/** The versions that an image has wherever it comes from, ascending. */
export function versionsIn({ images }: PromotionPlan, image: Digest): string[] {
  const same = images.filter(({ digest }) => digest === image);
  return [...new Set(same.flatMap(({ versions }) => versions))].sort(compareVersions);
}

/** A manifest of one of the images, as ECR wants it back: byte for byte. */
export function manifestOf({ images }: Promoting, digest: Digest): FoundManifest {
  const nodes = images.flatMap(({ tree }) => tree.nodes);
  const found = storedIn({ nodes }, digest);
  if (found === undefined) throw new Error(`no image has ${digest}`);
  return textOf(found);
}
