import type { Ecr, FoundManifest, RepositoryId } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { type Attached, attachOrSay, attachRecord } from "../release/applying/attach-receipt.ts";
import { targetRegistry } from "../release/applying/target-registry.ts";
import { recordTypes } from "../release/receipt-artifact.ts";
import type { RollbackWorld } from "./observe.ts";
import type { Place, RollbackPlan, RollbackTarget } from "./plan.ts";

export interface RolledBackTarget {
  readonly id: string;
  /** Host, repository and digest that the tag is on now. */
  readonly reference: string;
  readonly from: Place | null;
  readonly to: Place | null;
  /** `already` means that it was there. */
  readonly state: "moved" | "already";
  /** Whether the registry remembers; where it does not, the next release may move the tag again. */
  readonly record?: Attached;
}

/** The record of what a rollback did. */
export interface RollbackReceipt {
  readonly format: 1;
  readonly image: string;
  readonly tag: string;
  readonly newerThan: string | null;
  readonly targets: readonly RolledBackTarget[];
  readonly at: string;
}

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
 * would move the tag forward again. No content moves. Run again, it finds done what is done. Throws PLAN_REFUSED,
 * PLAN_STALE, VERIFY_FAILED, or what the outside answered.
 */
export async function applyRollback(
  plan: RollbackPlan,
  world: RollbackWorld,
): Promise<RollbackReceipt> {
  if (plan.problems.length > 0) {
    throw new SlipwayError("PLAN_REFUSED", plan.problems.map(({ message }) => message).join("; "));
  }
  const at = world.now().toISOString();
  const moving = await Promise.all(plan.targets.map((target) => askAgain(plan, target, world)));
  const results = await Promise.allSettled(moving.map((one) => move(plan, one, at, world)));
  const targets = results.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  const failed = results.findIndex(({ status }) => status === "rejected");
  const failure = results[failed];
  if (failure?.status === "rejected") throw failedAt(plan, moving[failed]?.id, failure.reason);
  const { image, tag, newerThan } = plan;
  return { format: 1, image, tag, newerThan, targets, at };
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
  if (from?.digest === to.digest) return { ...result, state: "already" };
  const record = await attachOrSay(async () => {
    const registry = await targetRegistry(target.request, uri ?? "", world);
    return await attachRecord(registry, manifest, recordOf(plan, target, at), world.signal);
  });
  const state = (await ecr.tag(repository, plan.tag, manifest)) === "tagged" ? "moved" : "already";
  await verifyThere(plan.tag, to.digest, target);
  return { ...result, state, record };
}

function recordOf(plan: RollbackPlan, { id, from, to, because }: Moving, at: string) {
  const { image, tag, newerThan } = plan;
  return {
    type: recordTypes.rollback,
    repository: `${id}/${image}`,
    at,
    moved: from ? [{ tag, from: from.digest }] : [],
    ...(newerThan !== null && { newerThan }),
    document: { format: 1, image, tag, target: id, from, to, because, newerThan, at },
  };
}

async function verifyThere(tag: string, digest: Digest, { id, ecr, repository }: Moving) {
  const [found] = await ecr.manifests(repository, [{ tag }]);
  if (found?.digest === digest) return;
  throw new SlipwayError(
    "VERIFY_FAILED",
    `${id}: ${tag} is at ${found?.digest ?? "nothing"} after it was moved to ${digest}: another job moved it`,
    { suggestions: [`slipway rollback ${tag} --to ${digest}`] },
  );
}

/** The other targets were finished: the same command again does what is left. */
function failedAt({ tag }: RollbackPlan, id: string | undefined, error: unknown): unknown {
  if (!(error instanceof SlipwayError)) return error;
  const { code, message, suggestions } = error;
  const said = message.startsWith(`${id}`) ? message : `${id}: ${message}`;
  return new SlipwayError(code, said, {
    suggestions: [...suggestions, `run slipway rollback ${tag} again: it finishes what is left`],
    cause: error,
  });
}
