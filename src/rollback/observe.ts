import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { readTree } from "../oci/tree.ts";
import { missingFrom } from "../release/applying/published.ts";
import { answered } from "../release/denied.ts";
import { observeTargets } from "../release/observe.ts";
import type { TargetFacts } from "../release/observed.ts";
import { allAnswered } from "../release/only-target.ts";
import { digestOfTag } from "../release/planning/subject.ts";
import type { Request } from "../release/request.ts";
import { recordsAt } from "../release/rolled-back.ts";
import { targetRegistry } from "../release/target-registry.ts";
import type { World } from "../release/world.ts";
import { chooseGoals } from "./choose.ts";
import type { RollbackFacts, RollbackRequest } from "./facts.ts";

/** What a rollback needs of the outside. */
export type RollbackWorld = Pick<World, "ecr" | "signal" | "agents" | "report" | "now">;

/**
 * Reads every target: its tags, the records at the image that the tag is on, and whether the image that it would
 * go to is whole. Throws what the outside answers; what a permission hides is a problem of that target.
 */
export async function observeRollback(
  request: RollbackRequest,
  asked: Pick<Request, "image" | "tags" | "targets" | "expectAccounts">,
  world: RollbackWorld,
): Promise<RollbackFacts[]> {
  const { image, targets, expectAccounts = [] } = asked;
  const advice = (answered: readonly Regional[]) => othersMeanwhile(request.tag, targets, answered);
  const facts = await observeTargets({ image, targets, expectAccounts }, world, advice);
  const seen = await Promise.all(facts.map((target) => withRecords(request, image, target, world)));
  const goals = chooseGoals(request, asked, seen);
  const looked = await Promise.allSettled(
    seen.map(async (one, at) => {
      const goal = goals[at];
      if (goal === undefined || "problem" in goal) return one;
      if (digestOfTag(one.target.images, request.tag) === goal.digest) return one;
      return { ...one, missing: await missingAt(one.target, goal.digest, world) };
    }),
  );
  return allAnswered(looked, (answered) => advice(answered.map(({ target }) => target)));
}

type Regional = Pick<TargetFacts, "region">;

/** A region that is down must not keep the others at a bad version. */
function othersMeanwhile(
  tag: string,
  targets: readonly Regional[],
  answered: readonly Regional[],
): string[] {
  const regions = [...new Set(answered.map(({ region }) => region))];
  const there = targets.filter(({ region }) => regions.includes(region));
  if (regions.length === 0 || there.length > answered.length) return [];
  const flags = regions.map((region) => `--region ${region}`).sort();
  return [
    `${flags.join(" ")} moves ${tag} there now; later, the same command without it does the rest`,
  ];
}

async function withRecords(
  { tag }: RollbackRequest,
  image: string,
  target: TargetFacts,
  world: RollbackWorld,
): Promise<RollbackFacts> {
  const at = digestOfTag(target.images, tag);
  if (at === undefined || target.repository === null) return { target, records: [] };
  const id = { name: image, registryId: target.account };
  const ecr = world.ecr(target.request);
  const [records, policy] = await Promise.all([
    recordsAt(ecr, id, at),
    answered(ecr.lifecyclePolicy(id)),
  ]);
  const text = policy.denied ? undefined : policy.answer;
  return { target, records, ...(text !== undefined && { policy: text }) };
}

/** What the target lacks of an image, asked manifest by manifest and blob by blob. */
async function missingAt(
  { request, repository }: TargetFacts,
  digest: Digest,
  world: RollbackWorld,
): Promise<readonly string[]> {
  if (repository === null) return [];
  const registry = await targetRegistry(request, repository.uri, world);
  if (!(await registry.hasManifest(digest))) return [digest];
  try {
    return await missingFrom(registry, await readTree({ digest, mediaType: "" }, registry));
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "NOT_FOUND") {
      return ["a manifest that its index lists"];
    }
    throw error;
  }
}
