import { diffPolicies, type PolicyChange } from "./diff.ts";
import { parsePolicyText } from "./parse.ts";
import type { LifecyclePolicy } from "./policy.ts";

/** How the policy that ECR keeps stands to the wanted one. `same` means the same meaning, not the same text. */
export interface PolicyComparison {
  readonly state: "same" | "differs" | "none";
  readonly changes: readonly PolicyChange[];
}

/**
 * Compares the wanted policy with the text that ECR answered, `null` when there is none. A text that
 * breaks the grammar as we know it differs in every rule.
 */
export function comparePolicy(wanted: LifecyclePolicy, text: string | null): PolicyComparison {
  if (text === null) return { state: "none", changes: diffPolicies(wanted, undefined) };
  const parsed = parsePolicyText(text, { file: "ECR" });
  if (!("policy" in parsed)) return { state: "differs", changes: diffPolicies(wanted, undefined) };
  const changes = diffPolicies(wanted, parsed.policy);
  return { state: changes.length === 0 ? "same" : "differs", changes };
}
