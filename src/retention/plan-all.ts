import type { Ecr, PreviewedImage } from "../ecr/types.ts";
import { isFailure } from "../errors.ts";
import { formatPolicy, type LifecyclePolicy } from "../lifecycle/policy.ts";
import type { GuardSettings } from "./guards.ts";
import { observeRepository, type RepositoryFacts } from "./observe.ts";
import { atPlaces, type EcrOf, type Place } from "./places.ts";
import { planRepository, type RetentionPlan } from "./plan.ts";
import { parseInUse } from "./resolve-in-use.ts";

/** A place and the policy that is wanted there; `null` for none. */
export interface WantedPlace extends Place {
  readonly policy: LifecyclePolicy | null;
}

export interface PlanOptions {
  readonly ecrOf: EcrOf;
  readonly guards: GuardSettings;
  /** When the plan was made, by the clock of this machine; images are judged by ECR's. */
  readonly now: Date;
  /** Whether ECR's own preview is asked, too. */
  readonly preview: boolean;
  readonly report?: (done: number, total: number) => void;
}

/** Reads every place and plans it; images are forgotten place by place. Changes nothing. */
export async function planRetention(
  places: readonly WantedPlace[],
  { ecrOf, guards, now, preview, report }: PlanOptions,
): Promise<RetentionPlan> {
  const inUse = parseInUse(guards.inUse);
  const { results, failures } = await atPlaces(
    places,
    async (place) => {
      const ecr = ecrOf(place.request);
      const facts = await observeRepository(place, ecr);
      const wanted = { policy: place.policy, guards, inUse };
      if (!preview || place.policy === null || !facts.exists) return planRepository(facts, wanted);
      return planRepository(facts, {
        ...wanted,
        preview: await askPreview(facts, place.policy, ecr),
      });
    },
    report,
  );
  return {
    format: 1,
    at: now.toISOString(),
    guards,
    unreadableInUse: inUse.unreadable,
    repositories: results,
    failures,
  };
}

/** Without the permission, or where there are no previews, our own evaluation must do. */
async function askPreview(
  { repository, account }: RepositoryFacts,
  policy: LifecyclePolicy,
  ecr: Ecr,
): Promise<readonly PreviewedImage[] | { readonly unavailable: string }> {
  const id = { name: repository, registryId: account };
  try {
    return await ecr.previewLifecyclePolicy(id, formatPolicy(policy));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { unavailable: error.message };
  }
}
