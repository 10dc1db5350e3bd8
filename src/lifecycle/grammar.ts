/**
 * Every way to break ECR's lifecycle grammar, with the rule that is broken. Sources: the Amazon ECR user
 * guide, "Lifecycle policy properties in Amazon ECR" and "Examples of lifecycle policies in Amazon ECR";
 * the API reference of PutLifecyclePolicy; the service quotas of Amazon ECR.
 */
export const policyGrammar = {
  syntax: "a policy is one JSON or YAML document",
  "wrong-type": "every property has one type, and an object is not a text",
  "null-value": "an optional property is left out, never null",
  missing: "rules, and in each rule rulePriority, selection and action, are required",
  "unknown-property": "only the documented properties are allowed, in their exact spelling",
  "unknown-word": "the words of a policy are fixed, and in lower camel case",
  "number-too-small": "rulePriority and countNumber are whole numbers of at least 1",
  "number-too-large": "rulePriority and countNumber are numbers that JSON keeps exactly",
  "list-required": "tagged needs exactly one of tagPatternList and tagPrefixList",
  "list-conflict": "tagged needs exactly one of tagPatternList and tagPrefixList",
  "list-forbidden": "untagged and any take neither tagPatternList nor tagPrefixList",
  "list-empty": "a tag list has at least one entry, and no entry is empty",
  "too-many-wildcards": "a tag pattern has at most 4 wildcards (*)",
  "unit-required": "countUnit is days for every countType that measures time",
  "unit-forbidden": "countUnit must not stand beside imageCountMoreThan",
  "class-archive-required": "sinceImageTransitioned looks at storageClass archive only",
  "class-archive-forbidden": "only sinceImageTransitioned looks at storageClass archive",
  "pulled-only-transitions": "sinceImagePulled can only transition images to archive",
  "archived-only-expires": "archived images can only expire",
  "archived-too-short": "archived images are kept for at least 90 days",
  "target-required": "transition names its targetStorageClass, archive",
  "target-forbidden": "expire has no targetStorageClass",
  "duplicate-priority": "no two rules have the same rulePriority",
  "second-untagged": "a storage class has at most one untagged rule",
  "second-any": "a storage class has at most one rule for any",
  "any-not-last": "a rule for any has the highest rulePriority of its storage class",
  "duplicate-prefixes": "no two rules of a storage class have the same tagPrefixList",
  "no-rules": "a policy has at least one rule: without any it is shorter than ECR takes",
  "too-many-rules": "a policy has at most 50 rules",
  "too-long": "the minified policy has at most 30,720 characters",
} as const satisfies Record<string, string>;

export type PolicyMistakeCode = keyof typeof policyGrammar;

export interface PolicyMistake {
  readonly code: PolicyMistakeCode;
  /** The rule's priority, where it has a usable one. */
  readonly rule?: number;
  readonly path: readonly (string | number)[];
  /** Names the value that was found and what was expected. */
  readonly message: string;
  /** The rule of the grammar that is broken. */
  readonly grammar: string;
}

/** Where in a policy a mistake is. */
export interface MistakePlace {
  readonly path: readonly (string | number)[];
  readonly rule?: number;
}

/** A mistake of a policy at its place, with what the grammar has there. */
export function policyMistake(
  code: PolicyMistakeCode,
  { path, rule }: MistakePlace,
  message: string,
): PolicyMistake {
  return { code, ...(rule !== undefined && { rule }), path, message, grammar: policyGrammar[code] };
}
