import type { Digest } from "../../oci/reference.ts";
import { contentsOf } from "../contents.ts";
import type { PlanTarget, Step } from "../plan.ts";
import type { Receipt, ReleasedTarget, StepOutcome, TagMove } from "../receipt.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import type { Applying, StepOf } from "./steps.ts";

/** The record of a finished release. */
export function receiptOf(applying: Applying, image: PlannedImage, startedAt: Date): Receipt {
  const { plan, world, targets } = applying;
  const outcomes = inPlanOrder(applying);
  const { digest, mediaType } = image.root;
  return {
    format: 1,
    image: plan.image,
    version: plan.version.value,
    versionBecause: plan.version.because,
    source: plan.source,
    digest,
    mediaType,
    content: plan.content.from,
    ...contentsOf(image.tree, plan.platforms[0]),
    ...(image.bases && { bases: image.bases }),
    targets: [...targets.values()].map((target) =>
      releasedTarget(target, outcomes, digest, applying),
    ),
    gates: applying.gated,
    steps: outcomes,
    startedAt: startedAt.toISOString(),
    ms: world.now().getTime() - startedAt.getTime(),
  };
}

function releasedTarget(
  target: PlanTarget,
  outcomes: readonly StepOutcome[],
  digest: Digest,
  { attached }: Applying,
): ReleasedTarget {
  const uri = uriOf(target);
  const own = target.digest ?? digest;
  const here = outcomes.filter(({ step }) => "target" in step && step.target === target.id);
  const copied = here.find((outcome) => outcome.copied)?.copied;
  const receipt = attached.get(target.id);
  return {
    id: target.id,
    uri,
    digest: own,
    reference: `${uri}@${own}`,
    ...(copied && { copied }),
    ...(receipt && { attached: receipt }),
    tags: tagMovesOf(here, own),
  };
}

/** What became of the tags of an image at one target. */
export function tagMovesOf(outcomes: readonly StepOutcome[], digest: Digest): TagMove[] {
  return outcomes.flatMap((outcome) =>
    outcome.step.action === "tag" ? [tagMove(outcome.step, outcome, digest)] : [],
  );
}

/** What became of a tag: a newer version may have kept it, and an earlier run or another job have written it. */
function tagMove(
  { tag, kind, from: planned, because: wish }: StepOf<"tag">,
  { state, from = planned, because = wish }: StepOutcome,
  digest: Digest,
): TagMove {
  const move = { tag, kind, from };
  if (state === "done") return { ...move, to: digest, because };
  if (state === "already") return { ...move, from: digest, to: digest, because: "it was there" };
  return { ...move, to: from, because };
}

/** Steps that ran side by side ended in any order; a record is read and compared in the plan's. */
export function inPlanOrder({
  plan,
  outcomes,
}: {
  readonly plan: { readonly steps: readonly Step[] };
  readonly outcomes: readonly StepOutcome[];
}): StepOutcome[] {
  const place = new Map(plan.steps.map((step, at) => [step, at]));
  return outcomes.toSorted((a, b) => (place.get(a.step) ?? 0) - (place.get(b.step) ?? 0));
}
