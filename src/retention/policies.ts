import type { Ecr } from "../ecr/types.ts";
import { comparePolicy } from "../lifecycle/compare.ts";
import type { PolicyChange } from "../lifecycle/diff.ts";
import { formatPolicy, type LifecyclePolicy } from "../lifecycle/policy.ts";
import type { TargetRequest } from "../release/request.ts";

/** The policy in place at one target, as it was read. */
export interface PolicyFacts {
  readonly id: string;
  readonly account: string;
  readonly request: TargetRequest;
  readonly exists: boolean;
  readonly text: string | null;
}

/** How the policy in place differs from the wanted one; `same` when it means the same. */
export interface PolicyTarget {
  readonly id: string;
  readonly account: string;
  readonly request: TargetRequest;
  readonly state: "same" | "differs" | "none" | "no-repository";
  readonly changes: readonly PolicyChange[];
}

/** What putting a policy in place would change, target by target. */
export interface PolicyPlan {
  readonly format: 1;
  readonly repository: string;
  readonly policy: LifecyclePolicy;
  readonly targets: readonly PolicyTarget[];
}

type EcrOf = (target: TargetRequest) => Ecr;

export async function observePolicies(
  repository: string,
  targets: readonly TargetRequest[],
  ecrOf: EcrOf,
): Promise<PolicyFacts[]> {
  return await Promise.all(
    targets.map(async (request) => {
      const ecr = ecrOf(request);
      const { account: registryId } = request;
      const id = { name: repository, ...(registryId !== undefined && { registryId }) };
      const [found, text] = await Promise.all([ecr.repository(id), ecr.lifecyclePolicy(id)]);
      const account = found?.registryId ?? registryId ?? (await ecr.identity()).account;
      return {
        id: `${account}/${request.region}`,
        account,
        request,
        exists: found !== undefined,
        text: text ?? null,
      };
    }),
  );
}

/** Compares by meaning: the order of rules and lists and stated defaults do not count. */
export function planPolicies(
  repository: string,
  policy: LifecyclePolicy,
  facts: readonly PolicyFacts[],
): PolicyPlan {
  const targets = facts.map(({ id, account, request, exists, text }): PolicyTarget => {
    const { state, changes } = comparePolicy(policy, text);
    return { id, account, request, state: exists ? state : "no-repository", changes };
  });
  return { format: 1, repository, policy, targets };
}

/** Puts the policy where it is not in place yet. Throws NOT_FOUND where there is no repository. */
export async function applyPolicies(plan: PolicyPlan, ecrOf: EcrOf): Promise<void> {
  const text = formatPolicy(plan.policy);
  await Promise.all(
    plan.targets.map(async ({ state, account, request }) => {
      if (state === "same") return;
      await ecrOf(request).putLifecyclePolicy({ name: plan.repository, registryId: account }, text);
    }),
  );
}
