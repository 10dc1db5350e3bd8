import { insertAbove, type MovedRule, replaceRule } from "./edit.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { type LifecycleImage, newestFirst, orderTime, pullTime } from "./image.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { compileSelection, missesOf } from "./select.ts";
import { isDeparture, type Verdict } from "./verdict.ts";

const day = 86_400_000;

/** An image may have a thousand tags; to protect one of them is enough. */
const tagsTried = 5;

/** What one rule makes of one image. Times are milliseconds since 1970. */
export interface RuleOnImage {
  readonly rule: LifecycleRule;
  /** Why the rule does not select the image; empty when it does. */
  readonly misses: readonly string[];
  /** Whether it is the rule that the image obeys: the first that selects it. */
  readonly claims: boolean;
  /** Its place among the images that the rule counts, the newest being 1. */
  readonly rank?: number;
  /** After this moment the image is too old for the rule. */
  readonly due?: number;
  /** Whether the rule would act on the image if it were its own. */
  readonly marks: boolean;
}

/** The change of the policy that keeps the image and changes the fate of the fewest others. */
export interface Rescue {
  readonly kind: "raise-count" | "protect-tag";
  /** The rule as it must be written. */
  readonly rule: LifecycleRule;
  /** Rules that make room for it. */
  readonly moved: readonly MovedRule[];
  readonly policy: LifecyclePolicy;
  /** How many other images get another fate by it. */
  readonly others: number;
}

export interface Explanation {
  readonly image: LifecycleImage;
  readonly verdict: Verdict;
  /** By priority. */
  readonly rules: readonly RuleOnImage[];
  /** Absent when the image stays anyway, or no single change keeps it. */
  readonly rescue?: Rescue;
}

/** The fate of one image and every step to it; `undefined` when the image is not among the images. */
export function explainImage(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  digest: string,
  now: number,
): Explanation | undefined {
  const verdicts = evaluatePolicy(policy, images, now);
  const at = images.findIndex((image) => image.digest === digest);
  const [image, verdict] = [images[at], verdicts[at]];
  if (!image || !verdict) return undefined;
  const ordered = policy.rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
  const seen = ordered.map((rule) => ruleOnImage(rule, images, image, now));
  const first = seen.findIndex(({ misses }) => misses.length === 0);
  const rules = seen.map((each, index) => ({ ...each, claims: index === first }));
  const rescue = isDeparture(verdict)
    ? findRescue({ policy, images, verdicts, now }, image)
    : undefined;
  return { image, verdict, rules, ...(rescue && { rescue }) };
}

function ruleOnImage(
  rule: LifecycleRule,
  images: readonly LifecycleImage[],
  image: LifecycleImage,
  now: number,
): Omit<RuleOnImage, "claims"> {
  const misses = missesOf(rule.selection, image);
  const { countType, countNumber } = rule.selection;
  if (misses.length > 0) return { rule, misses, marks: false };
  if (countType === "imageCountMoreThan") {
    const rank = rankOf(rule, images, image);
    return { rule, misses, rank, marks: rank > countNumber };
  }
  const due = clockOf(rule, image) + countNumber * day;
  return { rule, misses, due, marks: due < now };
}

function rankOf(
  { selection }: LifecycleRule,
  images: readonly LifecycleImage[],
  image: LifecycleImage,
): number {
  const selects = compileSelection(selection);
  return images.filter((other) => selects(other) && newestFirst(other, image) <= 0).length;
}

function clockOf({ selection }: LifecycleRule, image: LifecycleImage): number {
  return selection.countType === "sinceImagePulled" ? pullTime(image) : orderTime(image);
}

interface Situation {
  readonly policy: LifecyclePolicy;
  readonly images: readonly LifecycleImage[];
  readonly verdicts: readonly Verdict[];
  readonly now: number;
}

function findRescue(situation: Situation, image: LifecycleImage): Rescue | undefined {
  const { images, verdicts, now } = situation;
  const cause = rootCause(situation, image);
  if (!cause) return undefined;
  const rescues = candidates(situation, cause).flatMap((candidate): readonly Rescue[] => {
    const after = evaluatePolicy(candidate.policy, images, now);
    const changed = verdicts.flatMap(({ fate, digest }, at) =>
      after[at]?.fate === fate ? [] : [digest],
    );
    const isKept = after.some(({ digest, fate }) => digest === image.digest && fate === "kept");
    return isKept
      ? [{ ...candidate, others: changed.filter((one) => one !== image.digest).length }]
      : [];
  });
  return rescues.toSorted((a, b) => a.others - b.others)[0];
}

/** The rule that takes the image, or its subject: a referrer is kept by keeping its subject. */
function rootCause({ policy, images, verdicts }: Situation, image: LifecycleImage) {
  let at = image;
  for (let step = 0; step <= images.length; step += 1) {
    const verdict = verdicts.find(({ digest }) => digest === at.digest);
    if (!verdict || !isDeparture(verdict)) return undefined;
    if (verdict.because === "rule") {
      const rule = policy.rules.find(({ rulePriority }) => rulePriority === verdict.rule);
      return rule && { rule, image: at };
    }
    const subject = images.find(({ digest }) => digest === verdict.subject);
    if (!subject) return undefined;
    at = subject;
  }
  return undefined;
}

type Candidate = Omit<Rescue, "others">;

function candidates(
  { policy, images, now }: Situation,
  { rule, image }: { readonly rule: LifecycleRule; readonly image: LifecycleImage },
): readonly Candidate[] {
  const { rulePriority, ...written } = rule;
  const countNumber =
    rule.selection.countType === "imageCountMoreThan"
      ? rankOf(rule, images, image)
      : Math.ceil((now - clockOf(rule, image)) / day);
  const raised = replaceRule(policy, rulePriority, [
    { ...written, selection: { ...written.selection, countNumber } },
  ]);
  const protections = image.tags.slice(0, tagsTried).map((tag) =>
    insertAbove(policy, rulePriority, [
      {
        description: `Keep ${tag}`,
        selection: {
          tagStatus: "tagged",
          tagPatternList: [tag],
          countType: "imageCountMoreThan",
          countNumber: 1,
        },
        action: { type: "expire" },
      },
    ]),
  );
  const all = [
    ...protections.map((edited) => ({ kind: "protect-tag" as const, edited })),
    { kind: "raise-count" as const, edited: raised },
  ];
  return all.flatMap(({ kind, edited }) => {
    const [changed] = edited.rules;
    return changed ? [{ kind, rule: changed, moved: edited.moved, policy: edited.policy }] : [];
  });
}
