import type { CopyCount } from "../oci/receiving.ts";
import { uriOf } from "../release/applying/image-source.ts";
import { inPlanOrder, tagMovesOf } from "../release/applying/receipt-of.ts";
import type { StepOutcome, TagMove } from "../release/receipt.ts";
import type { Goal, PromotionStep } from "./plan.ts";
import type { Promoting } from "./promoting.ts";
import type { PromotedImage, PromotedTarget, PromotionReceipt } from "./receipt.ts";

/** The record of a finished promotion. */
export function promotionReceipt(promoting: Promoting): PromotionReceipt {
  const { plan, world, startedAt, targets } = promoting;
  const outcomes = inPlanOrder(promoting);
  return {
    format: 1,
    images: plan.images,
    targets: [...targets.values()].map((target): PromotedTarget => {
      const here = outcomes.filter(({ step }) => "target" in step && step.target === target.id);
      const copied = here.flatMap((outcome) => outcome.copied ?? []);
      const goals = plan.goals.filter((goal) => goal.target === target.id);
      const uri = uriOf(target);
      return {
        id: target.id,
        uri,
        images: goals.map((goal) => promotedImage(promoting, goal, here, uri)),
        ...(copied.length > 0 && { copied: copied.reduce(sum) }),
      };
    }),
    steps: outcomes,
    startedAt: startedAt.toISOString(),
    ms: world.now().getTime() - startedAt.getTime(),
  };
}

/** The outcomes of one goal's tags, those of what belongs to the image left out. */
export function outcomesOf(
  outcomes: readonly StepOutcome[],
  { target, image }: Goal,
): StepOutcome[] {
  return outcomes.filter(({ step }) => {
    const { image: of }: PromotionStep = step;
    return step.action === "tag" && step.target === target && of === image;
  });
}

function promotedImage(
  { attached }: Promoting,
  goal: Goal,
  outcomes: readonly StepOutcome[],
  uri: string,
): PromotedImage {
  const record = attached.get(goal);
  return {
    digest: goal.image,
    reference: `${uri}@${goal.image}`,
    from: goal.from,
    tags: tagMovesOf(outcomesOf(outcomes, goal), goal.image),
    companions: companionMoves(outcomes, goal),
    ...(record && { attached: record }),
  };
}

function companionMoves(outcomes: readonly StepOutcome[], { tags }: Goal): TagMove[] {
  const own = tags.flatMap(({ tag, kind }) => (kind === "companion" ? [tag] : []));
  return outcomes.flatMap((outcome) => {
    const { step }: { readonly step: PromotionStep } = outcome;
    if (step.action !== "tag" || step.image === undefined || !own.includes(step.tag)) return [];
    return tagMovesOf([outcome], step.image);
  });
}

/** What came from several places. */
function sum(a: CopyCount, b: CopyCount): CopyCount {
  return {
    movedBytes: a.movedBytes + b.movedBytes,
    skippedBytes: a.skippedBytes + b.skippedBytes,
    mountedBytes: a.mountedBytes + b.mountedBytes,
    movedBlobs: a.movedBlobs + b.movedBlobs,
    skippedBlobs: a.skippedBlobs + b.skippedBlobs,
    mountedBlobs: a.mountedBlobs + b.mountedBlobs,
    refusedMounts: a.refusedMounts + b.refusedMounts,
    movedManifests: a.movedManifests + b.movedManifests,
  };
}
