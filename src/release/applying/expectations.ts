import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Plan, PlanTarget } from "../plan.ts";
import { isFixed } from "../planning/tags.ts";
import type { World } from "../world.ts";

/**
 * Asks again for the tags that the plan would write, just before they are written. Each must be as
 * observed, or already where the plan takes it: so a plan can be applied again after a death.
 * Throws PLAN_STALE with every difference.
 */
export async function checkExpectations(plan: Plan, digest: Digest | null, world: World) {
  const differences = await Promise.all(
    plan.targets.map((target) => differencesAt(plan, target, digest, world)),
  );
  const all = differences.flat();
  if (all.length === 0) return;
  throw new SlipwayError(
    "PLAN_STALE",
    `the plan is stale:\n${all.map((line) => `  ${line}`).join("\n")}`,
    {
      suggestions: ["plan again: slipway plan"],
    },
  );
}

async function differencesAt(
  plan: Plan,
  target: PlanTarget,
  digest: Digest | null,
  world: World,
): Promise<string[]> {
  const fixed = new Set(
    plan.steps.flatMap((step) =>
      step.action === "tag" && step.target === target.id && isFixed(step) ? [step.tag] : [],
    ),
  );
  const expected = plan.expects.filter(
    (expectation) => expectation.target === target.id && fixed.has(expectation.tag),
  );
  const now = await tagsNow(plan.image, target, fixed, world);
  return expected.flatMap(({ tag, digest: seen }) => {
    const found = now.get(tag) ?? null;
    if (found === seen || (digest !== null && found === digest)) return [];
    return [`${target.id}: tag ${tag} was ${seen ?? "free"} and is now ${found ?? "gone"}`];
  });
}

async function tagsNow(
  image: string,
  { request, account }: PlanTarget,
  tags: ReadonlySet<string>,
  { ecr }: World,
): Promise<Map<string, Digest>> {
  if (tags.size === 0) return new Map();
  const asked = ecr(request);
  const id = { name: image, registryId: account };
  if (!(await asked.repository(id))) return new Map();
  const found = await asked.manifests(
    id,
    [...tags].map((tag) => ({ tag })),
  );
  return new Map(found.flatMap(({ tag, digest }) => (tag === undefined ? [] : [[tag, digest]])));
}
