import { attempt, type TargetsRequest, undeniedOf } from "./observe.ts";
import { type Attempt, inOrder, named } from "./only-target.ts";
import type { World } from "./world.ts";

/** As `observeTargets`, where one that does not answer is `unreached` and the others are looked at all the same. */
export async function attemptTargets(
  request: TargetsRequest,
  world: Pick<World, "ecr">,
): Promise<Attempt[]> {
  const seen = await Promise.all(request.targets.map((target) => attempt(target, request, world)));
  const known = seen.map((one) => ({ ...one, facts: undeniedOf(one.facts) }));
  return inOrder(named(known), ({ facts }) => facts.id);
}
