import { expect, it } from "vitest";
import { chooseGoals } from "../../src/rollback/choose.ts";
import type { RollbackFacts } from "../../src/rollback/facts.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { observed } from "../release/facts.ts";
import { asked, images, record } from "./planned.ts";

/** A target with so many versions, and how often the tags of one of its images were read since. */
function targetOf(count: number, records: RollbackFacts["records"] = []) {
  const versions = Array.from({ length: count }, (_, at) => `1.0.${at}`);
  const { targets } = observed(asked, {
    targets: [{ images: images(`1.0.${count - 1}`, ...versions) }],
  });
  let reads = 0;
  const seen = targets.map((target): RollbackFacts => {
    const counted = target.images.map(({ tags, ...image }) => ({
      ...image,
      get tags() {
        reads += 1;
        return tags;
      },
    }));
    return { target: { ...target, images: counted }, records };
  });
  return { seen, readsOfEach: () => reads / count };
}

it.each([
  ["a plan", { tag: "latest", to: { version: "1.0.7" }, receipts: [] }],
  ["a plan that nothing tells the way of", { tag: "latest", receipts: [] }],
])(
  "%s reads the tags of thousands of versions a few times, and not once for each of them",
  (_, wish) => {
    const { seen, readsOfEach } = targetOf(500);
    chooseGoals(wish, asked, seen);
    expect(planRollback(wish, asked, seen).candidates).toHaveLength(499);
    expect(readsOfEach()).toBeLessThan(50);
  },
);

it("and once for all the rollbacks that there were", () => {
  const rollbacks = Array.from({ length: 100 }, () => record("1.0.9", "1.0.500"));
  const { seen, readsOfEach } = targetOf(500, rollbacks);
  const [goal] = chooseGoals({ tag: "latest", receipts: [] }, asked, seen);
  expect(goal).toMatchObject({
    because: expect.stringMatching(/^rolled back already from 1\.0\.9/),
  });
  expect(readsOfEach()).toBeLessThan(50);
});
