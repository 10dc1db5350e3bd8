import { evaluatePolicy } from "../lifecycle/evaluate.ts";
import type { LifecycleImage } from "../lifecycle/image.ts";
import { parsePolicyText } from "../lifecycle/parse.ts";

const day = 86_400_000;

/**
 * What ends a record that is attached now, before its image goes: the rule of this policy that selects untagged
 * images. `undefined` when none does. AWS says that a referrer goes within 24 hours of its subject, and not whether
 * rules select it on its own; so they are taken to, as `slipway lifecycle` does.
 */
export function whatEndsRecords(policy: string): string | undefined {
  const parsed = parsePolicyText(policy, { file: "ECR" });
  if (!("policy" in parsed)) return undefined;
  const [verdict] = evaluatePolicy(parsed.policy, [record], 0);
  if (verdict?.fate !== "kept" || verdict.because !== "rule") return undefined;
  const rule = parsed.policy.rules.find(({ rulePriority }) => rulePriority === verdict.rule);
  if (rule === undefined) return undefined;
  const { rulePriority, selection } = rule;
  const of = selection.tagStatus === "any" ? "images" : "untagged images";
  if (verdict.until !== undefined) {
    return `rule ${rulePriority} of the lifecycle policy takes ${of} after ${verdict.until / day} days`;
  }
  return `rule ${rulePriority} of the lifecycle policy keeps the newest ${selection.countNumber} ${of}`;
}

const record: LifecycleImage = {
  digest: "sha256:record",
  tags: [],
  pushedAt: 0,
  size: 1,
  status: "active",
  children: [],
};
