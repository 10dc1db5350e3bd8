import { comparePolicy } from "../lifecycle/compare.ts";
import type { PolicyChange } from "../lifecycle/diff.ts";
import { type LintFinding, lintPolicy } from "../lifecycle/lint.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import type { RepositoryFacts } from "./observe.ts";
import type { PlaceFailure } from "./places.ts";
import { readPresent } from "./plan.ts";

/** When ECR last acted by the policy; it does so every day. */
export type EvaluationState = "recent" | "late" | "never";

/** The policy of one repository as it stands. */
export interface VerifiedRepository {
  readonly id: string;
  readonly repository: string;
  readonly state: "same" | "differs" | "none" | "no-repository";
  readonly changes: readonly PolicyChange[];
  /** Why the policy in place cannot be read. */
  readonly presentMistakes: readonly string[];
  readonly evaluated: EvaluationState;
  /** ISO 8601. */
  readonly lastEvaluatedAt?: string;
  readonly lint: readonly LintFinding[];
  readonly holds: boolean;
}

export interface RetentionVerification {
  readonly holds: boolean;
  readonly repositories: readonly VerifiedRepository[];
  readonly failures: readonly PlaceFailure[];
}

export interface VerifyOptions {
  /** Absent: whatever policy is in place is the wanted one, and there must be one. */
  readonly wanted: LifecyclePolicy | undefined;
  /** How old the last evaluation may be, in milliseconds. */
  readonly maxAge: number;
  /** Whether a policy that was never evaluated yet is all right, as one put today is. */
  readonly allowNever: boolean;
  /** Whether lint findings are a failure. */
  readonly strict: boolean;
}

/** Judges one repository by what was read of it: its policy against the wanted one, and when ECR ran it last. */
export function verifyRepository(
  facts: RepositoryFacts,
  options: VerifyOptions,
): VerifiedRepository {
  const { id, repository, exists, stored, images } = facts;
  const { policy: present, mistakes } = readPresent(stored?.text ?? null);
  const lint = present && exists ? lintPolicy(present, images) : [];
  const { state, changes } = standing(facts, options.wanted ?? present);
  const at = stored?.lastEvaluatedAt;
  const evaluated = evaluationState(at, facts.at, options);
  const isEvaluated = evaluated === "recent" || (evaluated === "never" && options.allowNever);
  return {
    id,
    repository,
    state,
    changes,
    presentMistakes: mistakes,
    evaluated,
    ...(at !== undefined && { lastEvaluatedAt: new Date(at).toISOString() }),
    lint,
    holds: state === "same" && isEvaluated && (lint.length === 0 || !options.strict),
  };
}

function standing(
  { exists, stored }: RepositoryFacts,
  wanted: LifecyclePolicy | undefined,
): Pick<VerifiedRepository, "state" | "changes"> {
  if (!exists) return { state: "no-repository", changes: [] };
  if (wanted) return comparePolicy(wanted, stored?.text ?? null);
  return { state: stored === null ? "none" : "differs", changes: [] };
}

function evaluationState(
  at: number | undefined,
  now: number,
  { maxAge }: Pick<VerifyOptions, "maxAge">,
): EvaluationState {
  if (at === undefined) return "never";
  return now - at > maxAge ? "late" : "recent";
}
