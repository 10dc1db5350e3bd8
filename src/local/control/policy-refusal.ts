import { checkPolicy } from "../../lifecycle/check.ts";
import type { PolicyMistake, PolicyMistakeCode } from "../../lifecycle/grammar.ts";
import { invalidParameter, type Refusal } from "../refusal.ts";

/** What the service says of a policy that fits none of its forms, without saying where. */
const noForm = "instance failed to match exactly one schema (matched 0 out of 2)";

/** Where ECR's own sentence is known, as far as it can be told without its code; see ../README.md. */
const sentences: Partial<Record<PolicyMistakeCode, string>> = {
  "any-not-last": "Rule for tagStatus=ANY must have the lowest priority per storage class",
  "class-archive-forbidden": noForm,
  "class-archive-required": noForm,
  "list-conflict": noForm,
  "list-forbidden": noForm,
  "list-required": "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.",
  "null-value": noForm,
  "second-untagged": "Only one rule can select Untagged images per storage class.",
  "target-forbidden": noForm,
  "target-required": noForm,
  "unit-forbidden": noForm,
  "unit-required": noForm,
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
    if (typeof document === "object" && document !== null) return document;
  } catch {
    // Not JSON: the same sentence as for JSON that is not an object.
  }
  throw refusePolicy("Could not map policyString into LifecyclePolicy.");
}

function sentenceOf(mistake: PolicyMistake | undefined): string {
  if (!mistake) return noForm;
  const at = mistake.path.join("/");
  const name = String(mistake.path.at(-1) ?? "");
  switch (mistake.code) {
    case "missing":
      return `object has missing required properties (["${name}"])`;
    case "unknown-property":
      return `object instance has properties which are not allowed by the schema: (["${name}"])`;
    default:
      return sentences[mistake.code] ?? `${at}: ${mistake.message}`;
  }
}

function refusePolicy(sentence: string): Refusal {
  const why = `Lifecycle policy validation failure: ${sentence}`;
  return invalidParameter("LifecyclePolicyText", why);
}
