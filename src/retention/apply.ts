import type { Ecr } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import { comparePolicy } from "../lifecycle/compare.ts";
import { formatPolicy } from "../lifecycle/policy.ts";
import { atPlaces, type EcrOf, type PlaceFailure } from "./places.ts";
import { isToBeWritten, type RepositoryPlan, type RetentionPlan } from "./plan.ts";
import { type PlanOptions, planRetention } from "./plan-all.ts";

/** What was done at one repository. */
export interface RepositoryOutcome {
  readonly id: string;
  readonly repository: string;
  readonly outcome: "put" | "removed" | "already";
}

/** A plan and what became of it. */
export interface Applied {
  readonly plan: RetentionPlan;
  readonly outcomes: readonly RepositoryOutcome[];
  /** Of reading and of writing. */
  readonly failures: readonly PlaceFailure[];
}

/**
 * Puts every policy of the plan in place, in place of the old one and never with a moment without, and
 * reads it back. The plan must have no refusals. What fails at one repository is told beside the outcomes.
 */
export async function applyRetention(
  plan: RetentionPlan,
  ecrOf: EcrOf,
  report?: (done: number, total: number) => void,
): Promise<Applied> {
  const missing = plan.repositories.filter(({ state }) => state === "no-repository").map(notThere);
  const { results, failures } = await atPlaces(
    plan.repositories.filter(isToBeWritten),
    (each) => applyOne(each, ecrOf(each.request)),
    report,
  );
  return { plan, outcomes: results, failures: [...plan.failures, ...missing, ...failures] };
}

/**
 * The plan again, from the world of today: the same repositories and policies. Throws PLAN_STALE
 * when a policy in place is neither the one that was found nor the one that is wanted.
 */
export async function replan(
  saved: RetentionPlan,
  options: Omit<PlanOptions, "preview">,
): Promise<RetentionPlan> {
  const places = saved.repositories.map(({ repository, request, wanted }) => ({
    repository,
    request,
    policy: wanted,
  }));
  const fresh = await planRetention(places, { ...options, preview: false });
  const before = new Map(saved.repositories.map((each) => [keyOf(each), each]));
  for (const each of fresh.repositories) {
    const found = before.get(keyOf(each));
    if (found) verifyFresh(found, each);
  }
  // What could not be read then was not planned, and is not applied.
  return { ...fresh, failures: [...saved.failures, ...fresh.failures] };
}

function keyOf({ id, repository }: RepositoryPlan): string {
  return `${id} ${repository}`;
}

function notThere({ id, repository }: RepositoryPlan): PlaceFailure {
  return {
    id,
    repository,
    code: "NOT_FOUND",
    message: `repository ${repository} does not exist at ${id}`,
    suggestions: [],
  };
}

async function applyOne(plan: RepositoryPlan, ecr: Ecr): Promise<RepositoryOutcome> {
  const { id, repository, account, wanted, present } = plan;
  const where = { name: repository, registryId: account };
  const done = (outcome: RepositoryOutcome["outcome"]) => ({ id, repository, outcome });
  const found = (await ecr.storedPolicy(where))?.text ?? null;
  if (isInPlace(plan, found)) return done("already");
  if (found !== present) throw stale(plan);
  if (wanted === null) await ecr.deleteLifecyclePolicy(where);
  else await ecr.putLifecyclePolicy(where, formatPolicy(wanted));
  const after = (await ecr.storedPolicy(where))?.text ?? null;
  if (!isInPlace(plan, after)) throw notProved(plan);
  return done(wanted === null ? "removed" : "put");
}

function isInPlace({ wanted }: RepositoryPlan, text: string | null): boolean {
  if (wanted === null) return text === null;
  return comparePolicy(wanted, text).state === "same";
}

/** What a saved plan found in place must still be there, or what it wants. Throws PLAN_STALE. */
function verifyFresh(saved: RepositoryPlan, fresh: RepositoryPlan): void {
  const isThere = fresh.state === "same" || fresh.present === saved.present;
  if (!isThere || (fresh.state === "no-repository" && saved.state !== "no-repository")) {
    throw stale(saved);
  }
}

function stale({ repository, id }: RepositoryPlan): SlipwayError {
  return new SlipwayError(
    "PLAN_STALE",
    `the lifecycle policy of ${repository} at ${id} is no longer the one that the plan found`,
    { suggestions: ["plan again: slipway lifecycle plan"] },
  );
}

function notProved({ repository, id }: RepositoryPlan): SlipwayError {
  return new SlipwayError(
    "LIFECYCLE_DRIFT",
    `ECR took the lifecycle policy of ${repository} at ${id} and answers with another one`,
    { suggestions: ["slipway lifecycle verify"] },
  );
}
