import type { PreviewedImage } from "../ecr/types.ts";
import { comparePolicy } from "../lifecycle/compare.ts";
import type { PolicyChange } from "../lifecycle/diff.ts";
import { compareEffects, type Effect } from "../lifecycle/effect.ts";
import { evaluatePolicy } from "../lifecycle/evaluate.ts";
import { checkGuards, type GuardFindings } from "../lifecycle/guards.ts";
import { type LintFinding, lintPolicy } from "../lifecycle/lint.ts";
import { parsePolicyText } from "../lifecycle/parse.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import type { TargetRequest } from "../release/request.ts";
import type { GuardSettings } from "./guards.ts";
import type { RepositoryFacts } from "./observe.ts";
import type { PlaceFailure } from "./places.ts";
import { comparePreview, type PreviewComparison } from "./preview.ts";
import { type InUse, resolveInUse } from "./resolve-in-use.ts";

/** What becomes of the policy of one repository, and by it of its images. */
export interface RepositoryPlan {
  readonly id: string;
  readonly repository: string;
  readonly account: string;
  readonly request: TargetRequest;
  /** How the policy in place stands to the wanted one; `remove` when none is wanted and one is there. */
  readonly state: "same" | "differs" | "none" | "remove" | "no-repository";
  /** The text in place, as ECR answered. */
  readonly present: string | null;
  /** Why the text in place cannot be read, as one that ECR takes and we do not know: then `effect` is against no policy. */
  readonly presentMistakes: readonly string[];
  /** `null`: no policy is wanted. */
  readonly wanted: LifecyclePolicy | null;
  readonly changes: readonly PolicyChange[];
  readonly effect: Effect;
  readonly guards: GuardFindings;
  /** Images of the repository that are in use, by the reference that says so. */
  readonly inUse: readonly string[];
  /** References in use that name no image of the repository. */
  readonly missingInUse: readonly string[];
  readonly lint: readonly LintFinding[];
  readonly preview?: PreviewComparison;
}

/** What putting policies in place would change, repository by repository. */
export interface RetentionPlan {
  readonly format: 1;
  /** When the images were read and judged, ISO 8601. */
  readonly at: string;
  readonly guards: GuardSettings;
  /** References in use that cannot be read. */
  readonly unreadableInUse: readonly string[];
  readonly repositories: readonly RepositoryPlan[];
  readonly failures: readonly PlaceFailure[];
}

export interface Wanted {
  readonly policy: LifecyclePolicy | null;
  readonly guards: GuardSettings;
  /** `guards.inUse`, read. */
  readonly inUse: InUse;
  /** What ECR's own preview said, when it was asked. */
  readonly preview?: readonly PreviewedImage[] | { readonly unavailable: string };
}

/** Compares policies by meaning: the order of rules and lists and stated defaults do not count. */
export function planRepository(facts: RepositoryFacts, wanted: Wanted): RepositoryPlan {
  const { id, repository, account, request, stored, images, at } = facts;
  const { policy, guards, preview } = wanted;
  const present = stored?.text ?? null;
  const verdicts = evaluatePolicy(policy ?? { rules: [] }, images, at);
  const inUse = resolveInUse(wanted.inUse, facts);
  const { policy: before, mistakes } = readPresent(present);
  return {
    id,
    repository,
    account,
    request,
    ...standing(facts, policy),
    present,
    presentMistakes: mistakes,
    wanted: policy,
    effect: compareEffects(images, { before, after: policy ?? undefined }, at),
    guards: checkGuards(images, verdicts, inUse.images, guards),
    inUse: [...inUse.images.values()],
    missingInUse: inUse.missing,
    lint: policy === null || !facts.exists ? [] : lintPolicy(policy, images),
    ...(preview && { preview: comparePreview(verdicts, preview) }),
  };
}

/** The policy in place, or why it cannot be read: its text breaks the grammar as we know it. */
export function readPresent(text: string | null): {
  readonly policy: LifecyclePolicy | undefined;
  readonly mistakes: readonly string[];
} {
  const parsed = text === null ? { policy: undefined } : parsePolicyText(text, { file: "ECR" });
  if ("policy" in parsed) return { policy: parsed.policy, mistakes: [] };
  const mistakes = parsed.mistakes.map(
    ({ line, column, message }) => `${line}:${column}  ${message}`,
  );
  return { policy: undefined, mistakes };
}

function standing(
  { exists, stored }: RepositoryFacts,
  policy: LifecyclePolicy | null,
): Pick<RepositoryPlan, "state" | "changes"> {
  if (!exists) return { state: "no-repository", changes: [] };
  if (policy !== null) return comparePolicy(policy, stored?.text ?? null);
  if (stored === null) return { state: "same", changes: [] };
  const rules = readPresent(stored.text).policy?.rules ?? [];
  return { state: "remove", changes: rules.map((rule) => ({ kind: "removed", rule })) };
}

/** Whether applying writes anything at this repository. */
export function isToBeWritten({ state }: RepositoryPlan): boolean {
  return state === "differs" || state === "none" || state === "remove";
}

/** Whether a guard refuses what applying would write; where nothing is written there is nothing to refuse. */
export function isRefused(plan: RepositoryPlan): boolean {
  return isToBeWritten(plan) && plan.guards.refusals.length > 0;
}

/** A policy refused at one repository is written at none. */
export function isAppliable({ repositories }: RetentionPlan): boolean {
  return !repositories.some(isRefused);
}

/** Whether every repository could be read, and is there. */
export function isWhole({ repositories, failures }: RetentionPlan): boolean {
  return failures.length === 0 && repositories.every(({ state }) => state !== "no-repository");
}
