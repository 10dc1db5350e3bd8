import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { observeRepository } from "./observe.ts";
import { atPlaces, type EcrOf, type Place } from "./places.ts";
import { type RetentionVerification, type VerifyOptions, verifyRepository } from "./verify.ts";

export interface VerifiedPlace extends Place {
  /** Absent: whatever policy is in place is the wanted one. */
  readonly policy: LifecyclePolicy | null | undefined;
}

/** Looks at every place. Changes nothing. */
export async function verifyRetention(
  places: readonly VerifiedPlace[],
  options: Omit<VerifyOptions, "wanted"> & {
    readonly ecrOf: EcrOf;
    readonly report?: (done: number, total: number) => void;
  },
): Promise<RetentionVerification> {
  const { ecrOf, report, ...checks } = options;
  const { results, failures } = await atPlaces(
    places,
    async (place) => {
      const facts = await observeRepository(place, ecrOf(place.request));
      return verifyRepository(facts, { ...checks, wanted: place.policy ?? undefined });
    },
    report,
  );
  const holds = failures.length === 0 && results.every((result) => result.holds);
  return { holds, repositories: results, failures };
}
