import { checkPolicy } from "./check.ts";
import type { Edited, MovedRule } from "./edit.ts";
import type { LifecycleImage } from "./image.ts";
import { lintEntries } from "./lint-entries.ts";
import { lintImages } from "./lint-images.ts";
import { lintRules } from "./lint-rules.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";

/** What is legal and almost surely wrong, and why. */
export const lintExplanations = {
  "and-list":
    "the entries of a list are joined by and: an image needs a tag for every one of them; for either-or write one rule for each",
  "impossible-entry":
    "a tag has letters, digits, _ . - only, at most 128 of them, and does not begin with . or -; the entry matches none",
  "dated-entry": "the entry names a year: from new year on it matches no new image",
  shadowed:
    "a rule of a lower number selects every image that this one selects, so this one never acts",
  "any-eats-releases":
    "images with release tags that no earlier rule selects fall to the rule for any, and expire with the rest",
  "releases-by-age":
    "releases expire by their age, and a promoted image keeps its old push date: in a quiet time the one that runs goes too",
  "crowded-count":
    "a count rule counts all images that it selects, also those that an earlier rule keeps: they take the room of the others",
  "no-match": "no image of the repository is selected by the rule",
  "untagged-indexes":
    "the platform images of a multi-platform image are untagged and are counted: they take the room, and ECR refuses to delete them while their index stands",
  "count-below-floating": "an image that a floating tag points to is beyond the count and goes",
} as const satisfies Record<string, string>;

const order = Object.keys(lintExplanations);

export type LintCode = keyof typeof lintExplanations;

export interface LintFinding {
  readonly code: LintCode;
  /** The rule's priority. */
  readonly rule: number;
  readonly path: readonly (string | number)[];
  /** Names what was found. */
  readonly message: string;
  readonly explanation: string;
  /** What to write instead of the rule, or above it where the rule itself is among them; nothing: leave it out. */
  readonly repaired: readonly LifecycleRule[];
  /** Rules that get another priority beside `repaired`, which makes room for them. */
  readonly moved: readonly MovedRule[];
  /** Why the whole policy would be refused with the repair: it is a sketch then, to be thought further. */
  readonly sketch?: string;
}

/** A finding before it is placed in the document. */
export interface LintRemark {
  readonly code: LintCode;
  readonly rule: LifecycleRule;
  /** The property of the selection that is wrong. */
  readonly property?: keyof LifecycleRule["selection"];
  readonly message: string;
  /** The policy with the repair; nothing where the rule is to be left out. */
  readonly repaired: Edited | undefined;
}

/**
 * Looks for what is legal and almost surely wrong, by rule. With the images of a repository more can be
 * seen, and what they prove right is not told. The policy must have passed `checkPolicy`.
 */
export function lintPolicy(
  policy: LifecyclePolicy,
  images?: readonly LifecycleImage[],
): readonly LintFinding[] {
  const known = images && images.length > 0 ? images : undefined;
  const remarks = [
    ...lintEntries(policy, known),
    ...(known ? lintImages(policy, known) : []),
    // Images show themselves whether there are releases for the last rule to eat.
    ...lintRules(policy).filter(({ code }) => !known || code !== "any-eats-releases"),
  ];
  const findings = remarks.map((remark) => placed(policy, remark));
  const seen = new Set<string>();
  const isAnd = (priority: number) =>
    findings.some(({ code, rule }) => code === "and-list" && rule === priority);
  return findings
    .filter(({ code, rule }) => code !== "no-match" || !isAnd(rule)) // the reason is named already
    .filter(({ code, rule }) => !seen.has(`${code} ${rule}`) && seen.add(`${code} ${rule}`))
    .toSorted((a, b) => a.rule - b.rule || order.indexOf(a.code) - order.indexOf(b.code));
}

function placed(
  { rules }: LifecyclePolicy,
  { code, rule, property, message, repaired }: LintRemark,
): LintFinding {
  return {
    code,
    rule: rule.rulePriority,
    path: ["rules", rules.indexOf(rule), ...(property ? ["selection", property] : [])],
    message,
    explanation: lintExplanations[code],
    repaired: repaired?.rules ?? [],
    moved: repaired?.moved ?? [],
    ...whySketch(repaired),
  };
}

/** A repair is right for its rule; beside the other rules it may break the grammar. */
function whySketch(repaired: Edited | undefined): Pick<LintFinding, "sketch"> {
  const checked = repaired && checkPolicy(repaired.policy);
  if (!checked || !("mistakes" in checked)) return {};
  const [first] = checked.mistakes;
  if (!first) return {};
  return {
    sketch: first.rule === undefined ? first.message : `rule ${first.rule}: ${first.message}`,
  };
}
