import type { Ecr, FoundManifest, RepositoryId } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import { askWhileLagging } from "../oci/lag.ts";
import { attachOrSay } from "../release/applying/attach-receipt.ts";
import { refuseProblems } from "../release/applying/refuse.ts";
import { recordTypes } from "../release/receipt-artifact.ts";
import { type Ended, finishing, stoppedHalfWay } from "./half-way.ts";
import type { RollbackWorld } from "./observe.ts";
import { isThere, type Place, type RollbackPlan, type RollbackTarget } from "./plan.ts";
import type { RollbackReceipt, RolledBackTarget } from "./receipt.ts";

/** A target on its way. */
interface Moving extends RollbackTarget {
  readonly ecr: Ecr;
  readonly repository: RepositoryId;
  readonly to: Place;
  readonly manifest: FoundManifest;
}

/**
 * Carries a rollback out. Every target is asked again first, and nothing is written when the tag has moved at one;
 * then at each the record is attached and the tag is written: the other way round a release that ends in between
 * would move the tag forward again. No content moves. Run again, it finds done what is done. `finish` is the command
 * that does what one which fails on its way leaves to do. Throws PLAN_REFUSED, PLAN_STALE, VERIFY_FAILED, or what the
 * outside answered.
 */
export async function applyRollback(
  plan: RollbackPlan,
  world: RollbackWorld,
  finish = finishing(plan, ["slipway", "rollback", plan.tag]).join(" "),
): Promise<RollbackReceipt> {
  refuseProblems(plan.problems);
  const at = world.now().toISOString();
  const moving = await Promise.all(plan.targets.map((target) => askAgain(plan, target, world)));
  const results = await Promise.allSettled(moving.map((one) => move(plan, one, at, world)));
  const ended = moving.map(({ id }, at): Ended => ({ id, result: results[at] as Ended["result"] }));
  const targets = ended.flatMap(({ result }) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  if (targets.length < ended.length) throw stoppedHalfWay(plan, ended, finish);
  const { image, tag, newerThan, notes } = plan;
  return { format: 1, image, tag, newerThan, targets, notes, at };
}

async function askAgain(
  { image, tag }: RollbackPlan,
  target: RollbackTarget,
  world: RollbackWorld,
): Promise<Moving> {
  const { id, account, request, from, to } = target;
  const ecr = world.ecr(request);
  const repository = { name: image, registryId: account };
  const wanted = to ? [{ tag }, { digest: to.digest }] : [{ tag }];
  const found = await ecr.manifests(repository, wanted);
  const now = found.find((manifest) => manifest.tag === tag)?.digest;
  const manifest = found.find(({ digest }) => digest === to?.digest);
  const isExpected = now === from?.digest || now === to?.digest;
  if (isExpected && to && manifest) return { ...target, to, ecr, repository, manifest };
  const what = isExpected ? `${to?.digest} is gone` : `${tag} is at ${now ?? "nothing"} now`;
  throw new SlipwayError("PLAN_STALE", `${id}: ${what}; nothing was moved`, {
    suggestions: [`slipway rollback ${tag}`],
  });
}

async function move(
  plan: RollbackPlan,
  target: Moving,
  at: string,
  world: RollbackWorld,
): Promise<RolledBackTarget> {
  const { id, uri, from, to, ecr, repository, manifest } = target;
  const result = { id, reference: `${uri}@${to.digest}`, from, to };
  if (isThere(target) && target.toHoldBelow === undefined) return { ...result, state: "already" };
  const record = await attachOrSay(target, manifest, recordOf(plan, target, at), world);
  if (isThere(target)) return { ...result, state: "already", record };
  const state = (await ecr.tag(repository, plan.tag, manifest)) === "tagged" ? "moved" : "already";
  await verifyThere(plan.tag, target, world);
  return { ...result, state, record };
}

function recordOf(plan: RollbackPlan, target: Moving, at: string) {
  const { image, tag } = plan;
  const { id, from, to, because, toHoldBelow: newerThan = plan.newerThan } = target;
  return {
    type: recordTypes.rollback,
    repository: `${id}/${image}`,
    at,
    moved: from ? [{ tag, from: from.digest }] : [],
    ...(newerThan !== null && { newerThan }),
    document: { format: 1, image, tag, target: id, from, to, because, newerThan, at },
  };
}

async function verifyThere(
  tag: string,
  { id, ecr, repository, from, to }: Moving,
  { signal }: RollbackWorld,
): Promise<void> {
  const [found] = await askWhileLagging(
    () => ecr.manifests(repository, [{ tag }]),
    ([now]) => now !== undefined && now.digest === from?.digest,
    signal,
  );
  if (found?.digest === to.digest) return;
  const where = found ? found.digest : "nothing";
  const why =
    found && found.digest === from?.digest
      ? `still at ${where} after it was moved to ${to.digest}: the registry has not shown it yet, or another job moved it back`
      : `at ${where} after it was moved to ${to.digest}: another job moved it`;
  throw new SlipwayError("VERIFY_FAILED", `${id}: ${tag} is ${why}`);
}
