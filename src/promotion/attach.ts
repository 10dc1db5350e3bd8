import { attachTold } from "../release/applying/attach-receipt.ts";
import { targetOf } from "../release/applying/steps.ts";
import type { StepOutcome } from "../release/receipt.ts";
import { recordTypes, type TagRecord } from "../release/receipt-artifact.ts";
import type { Goal } from "./plan.ts";
import { manifestOf, type Promoting, partOf } from "./promoting.ts";
import { outcomesOf, promotionReceipt } from "./receipt-of.ts";

/** Attaches a record to every image that got a tag, where nothing was attached before one of them moved. */
export async function attachRecords(promoting: Promoting): Promise<void> {
  const { plan, attached } = promoting;
  const goals = plan.goals.filter((goal) => !attached.has(goal));
  await Promise.all(goals.map((goal) => attachRecord(promoting, goal)));
}

/**
 * Attaches a record to an image at one target, when it got a tag there or is about to by `moves`; so a rollback there
 * knows where the tag was before. A registry that does not take it is told of, and the promotion goes on.
 */
export async function attachRecord(
  promoting: Promoting,
  goal: Goal,
  moves: readonly StepOutcome[] = [],
): Promise<void> {
  const { world, attached } = promoting;
  const record = recordOf(goal, { ...promoting, outcomes: [...promoting.outcomes, ...moves] });
  if (record === undefined) return;
  const target = targetOf(partOf(promoting, goal.target, []), goal.target);
  const subject = manifestOf(promoting, goal.image);
  attached.set(goal, await attachTold(target, subject, record, world));
}

/** At the other targets the work goes on: a record tells of its own alone. `undefined` when no tag was written. */
function recordOf(goal: Goal, promoting: Promoting): TagRecord | undefined {
  const { outcomes, startedAt } = promoting;
  const done = outcomesOf(outcomes, goal).filter(({ state }) => state === "done");
  if (done.length === 0) return undefined;
  const moved = done.flatMap(({ step, from }) => {
    const before = from ?? (step.action === "tag" ? step.from : null);
    return step.action === "tag" && before !== null && before !== goal.image
      ? [{ tag: step.tag, from: before }]
      : [];
  });
  const { steps: _, ...document } = promotionReceipt(promoting);
  const targets = document.targets.filter(({ id }) => id === goal.target);
  return {
    type: recordTypes.receipt,
    repository: goal.target,
    at: startedAt.toISOString(),
    moved,
    document: { ...document, targets },
  };
}
