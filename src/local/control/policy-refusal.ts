import { checkPolicy } from "../../lifecycle/check.ts";
import type { PolicyMistake, PolicyMistakeCode } from "../../lifecycle/grammar.ts";
import { isObject } from "../json.ts";
import { invalidParameter, type Refusal } from "../refusal.ts";

/** Where a selection or an action fits none of its forms, the service says so, and not why. */
const formless: ReadonlySet<PolicyMistakeCode> = new Set([
  "class-archive-forbidden",
  "class-archive-required",
  "list-conflict",
  "list-forbidden",
  "null-value",
  "target-forbidden",
  "target-required",
  "unit-forbidden",
  "unit-required",
]);

/** Where ECR's own sentence is known otherwise, as far as it can be told without its code; see ../README.md. */
const sentences: Partial<Record<PolicyMistakeCode, string>> = {
  "any-not-last": "Rule for tagStatus=ANY must have the lowest priority per storage class",
  "list-required": "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.",
  "second-untagged": "Only one rule can select Untagged images per storage class.",
};

interface KeptRule {
  readonly rulePriority: number;
}

/** The policy as ECR keeps it, minified and its rules by priority. Throws InvalidParameterException. */
export function keptPolicy(text: string): string {
  const document = parse(text);
  const checked = checkPolicy(document);
  if ("mistakes" in checked) throw refusePolicy(sentenceOf(checked.mistakes[0]));
  const { rules } = document as { readonly rules: readonly KeptRule[] };
  return JSON.stringify({ rules: rules.toSorted((a, b) => a.rulePriority - b.rulePriority) });
}

function parse(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    if (isObject(document)) return document;
  } catch {
    // Not JSON: the same sentence as for JSON that is not an object.
  }
  throw refusePolicy("Could not map policyString into LifecyclePolicy.");
}

function sentenceOf(mistake: PolicyMistake | undefined): string {
  if (!mistake) return noForm([]);
  const at = mistake.path.join("/");
  const name = String(mistake.path.at(-1) ?? "");
  switch (mistake.code) {
    case "missing":
      return `object has missing required properties (["${name}"])`;
    case "unknown-property":
      return `object instance has properties which are not allowed by the schema: (["${name}"])`;
    default:
      if (formless.has(mistake.code)) return noForm(mistake.path);
      return sentences[mistake.code] ?? `${at === "" ? at : `${at}: `}${mistake.message}`;
  }
}

/**
 * A selection has a form for each of the four count types (hashicorp/terraform-provider-aws#45909), an action one for each of
 * its two types (cloudposse/terraform-aws-ecr#158).
 */
function noForm(path: PolicyMistake["path"]): string {
  const forms = path.includes("selection") ? 4 : 2;
  return `instance failed to match exactly one schema (matched 0 out of ${forms})`;
}

function refusePolicy(sentence: string): Refusal {
  const why = `Lifecycle policy validation failure: ${sentence}`;
  return invalidParameter("LifecyclePolicyText", why);
}
