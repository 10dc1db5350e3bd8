import { attachOrSay, attachRecord } from "../release/applying/attach-receipt.ts";
import { uriOf } from "../release/applying/image-source.ts";
import { targetOf } from "../release/applying/steps.ts";
import { targetRegistry } from "../release/applying/target-registry.ts";
import { recordTypes, type TagRecord } from "../release/receipt-artifact.ts";
import type { Goal } from "./plan.ts";
import { manifestOf, type Promoting, partOf } from "./promoting.ts";
import { outcomesOf, promotionReceipt } from "./receipt-of.ts";

/**
 * Attaches a record to every image that got a tag, where it got it, so that a rollback there knows where the tag was
 * before. A registry that does not take it is told of, and the promotion goes on.
 */
export async function attachRecords(promoting: Promoting): Promise<void> {
  const { plan, outcomes, world, attached } = promoting;
  const { steps: _, ...document } = promotionReceipt(promoting);
  await Promise.all(
    plan.goals.map(async (goal) => {
      const done = outcomesOf(outcomes, goal).filter(({ state }) => state === "done");
      if (done.length === 0) return;
      const state = await attachOrSay(async () => {
        const target = targetOf(partOf(promoting, goal.target, []), goal.target);
        const registry = await targetRegistry(target.request, uriOf(target), world);
        const record = recordOf(goal, promoting, document);
        return await attachRecord(
          registry,
          manifestOf(promoting, goal.image),
          record,
          world.signal,
        );
      });
      attached.set(goal, state);
      if (state.state === "attached") return;
      const message = `the receipt could not be attached to the image: ${state.why}`;
      world.report({ type: "note", target: goal.target, message });
    }),
  );
}

function recordOf(goal: Goal, { outcomes, startedAt }: Promoting, document: object): TagRecord {
  const moved = outcomesOf(outcomes, goal).flatMap(({ step, state, from }) => {
    const before = from ?? (step.action === "tag" ? step.from : null);
    return step.action === "tag" && state === "done" && before !== null && before !== goal.image
      ? [{ tag: step.tag, from: before }]
      : [];
  });
  return { type: recordTypes.receipt, at: startedAt.toISOString(), moved, document };
}
