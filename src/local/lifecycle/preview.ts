import { evaluatePolicy } from "../../lifecycle/evaluate.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { Departure, Verdict } from "../../lifecycle/verdict.ts";
import type { Digest } from "../../oci/reference.ts";
import { type Repository, statusOf } from "../repository.ts";
import { lifecycleImages } from "./departures.ts";

/** What a policy would do, as it was when that was asked. */
export interface Preview {
  readonly text: string;
  /** When it is done, by a clock that nobody moves. */
  readonly doneAt: number;
  readonly results: readonly PreviewResult[];
}

export interface PreviewResult {
  readonly digest: Digest;
  readonly sequence: number;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly does: Departure;
  readonly rule: number;
  readonly isArchived: boolean;
}

/**
 * The images that the rules of a policy mark, in the order of their pushes: also those that an index lists and that a
 * run would leave, but not referrers that would go with their subject.
 */
export function previewOf(
  repository: Repository,
  policy: LifecyclePolicy,
  now: number,
): PreviewResult[] {
  const verdicts = evaluatePolicy(policy, lifecycleImages(repository, now), now);
  return verdicts.flatMap((verdict) => {
    const mark = markOf(verdict);
    const image = repository.images.get(verdict.digest as Digest);
    if (!mark || !image) return [];
    const { digest, sequence, pushedAt } = image;
    const isArchived = statusOf(image, now) === "ARCHIVED";
    return [{ digest, sequence, pushedAt, tags: [...image.tags], isArchived, ...mark }];
  });
}

function markOf(verdict: Verdict): Pick<PreviewResult, "does" | "rule"> | undefined {
  if (verdict.fate === "blocked") return { does: verdict.would, rule: verdict.rule };
  if (verdict.fate === "kept" || verdict.because !== "rule") return undefined;
  return { does: verdict.fate, rule: verdict.rule };
}
