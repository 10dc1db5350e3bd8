import { comparePolicy } from "../../lifecycle/compare.ts";
import { evaluatePolicy } from "../../lifecycle/evaluate.ts";
import { checkGuards, type GuardName, guardNames, usualGuards } from "../../lifecycle/guards.ts";
import type { LifecycleImage } from "../../lifecycle/image.ts";
import { lintPolicy } from "../../lifecycle/lint.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Denied } from "../denied.ts";
import type { JudgedImages, TargetFacts } from "../observed.ts";
import type { Note, Step } from "../plan.ts";
import type { Problem } from "../problem.ts";

/** What a release does about the lifecycle policy at one target, and what stands in its way. */
export interface PolicyPlan {
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
  /** The guards that refuse the policy at the target. */
  readonly guards: readonly GuardName[];
}

/** What is written at the target before the policy. */
export interface Written {
  /** The image; `undefined` while it is not built. */
  readonly digest: Digest | undefined;
  readonly tags: readonly string[];
}

/**
 * Puts the wanted policy where the one in place means something else, unless a guard of `slipway lifecycle
 * apply` would refuse it: nobody shall lose images by a release. What runs is not known here.
 */
export function planPolicy(
  wanted: LifecyclePolicy | undefined,
  facts: TargetFacts,
  written: Written,
): PolicyPlan {
  if (wanted === undefined) return { steps: [], notes: [], problems: [], guards: [] };
  const { id, policyUnread, judged, unjudged } = facts;
  const unread: Note[] =
    policyUnread === undefined
      ? []
      : [{ code: "POLICY_UNREAD", target: id, message: policyUnread }];
  const kept = (because: string): Step => ({
    action: "keep",
    target: id,
    what: "lifecycle policy",
    because,
  });
  if (!isPolicyPut(wanted, facts)) {
    const steps = [kept("the policy in place means the same")];
    return { steps, notes: unread, problems: [], guards: [] };
  }
  if (unjudged) {
    const steps = [kept("what the wanted one takes is not known")];
    return { steps, notes: [...unread, unjudgedNote(id, unjudged)], problems: [], guards: [] };
  }
  const refused = judged
    ? guardProblems(wanted, id, judged, written)
    : { problems: [], guards: [] };
  return {
    steps: [
      { action: "put-lifecycle-policy", target: id, policy: wanted, because: putReason(facts) },
    ],
    notes: [...unread, ...lintNotes(wanted, id)],
    ...refused,
  };
}

/** Whether a release writes this policy at the target. */
export function isPolicyPut(
  wanted: LifecyclePolicy,
  { policy, policyUnread }: Pick<TargetFacts, "policy" | "policyUnread">,
): boolean {
  return policyUnread !== undefined || comparePolicy(wanted, policy).state !== "same";
}

function putReason({ policy, policyUnread }: TargetFacts): string {
  if (policyUnread !== undefined) return "the one in place may not be read";
  return policy === null ? "there is none yet" : "the one in place differs";
}

/** A policy is put as the file says it; what is almost surely wrong about it is said. */
function lintNotes(wanted: LifecyclePolicy, target: string): Note[] {
  return lintPolicy(wanted).map(({ code, rule, message }) => ({
    code: "POLICY_LINT",
    target,
    message: `lifecycle rule ${rule}: ${message} (${code}); slipway lifecycle plan shows which images would go`,
  }));
}

function unjudgedNote(target: string, { action, resource }: Denied): Note {
  const message = `the lifecycle policy is not put: which images it takes is not known, for ${action} on ${resource} is not allowed; slipway lifecycle apply puts it`;
  return { code: "POLICY_UNJUDGED", target, message };
}

function guardProblems(
  wanted: LifecyclePolicy,
  target: string,
  { images, at }: JudgedImages,
  written: Written,
): Pick<PolicyPlan, "problems" | "guards"> {
  const after = afterRelease(images, at, written);
  const verdicts = evaluatePolicy(wanted, after, at);
  const { refusals } = checkGuards(after, verdicts, new Map(), usualGuards);
  const [first, ...others] = refusals;
  if (first === undefined) return { problems: [], guards: [] };
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  const message = `the lifecycle policy would take what is needed: ${first.message}${more}`;
  const guards = [...new Set(refusals.map(({ guard }) => guard))];
  return {
    problems: [{ code: "POLICY_GUARDED", target, message, remedy: remedyOf(guards) }],
    guards,
  };
}

/** The problems of all targets. One command puts the policy at each, and needs what the guards of all of them need. */
export function problemsOfAll(
  targets: readonly Pick<PolicyPlan, "problems" | "guards">[],
): readonly Problem[] {
  const remedy = remedyOf(targets.flatMap(({ guards }) => guards));
  return targets
    .flatMap(({ problems }) => problems)
    .map((one) => (one.code === "POLICY_GUARDED" ? { ...one, remedy } : one));
}

function remedyOf(guards: readonly GuardName[]): string {
  const allow = guardNames.filter((name) => guards.includes(name)).map((name) => `--allow ${name}`);
  return `look at it: slipway lifecycle plan\nput it anyway: slipway lifecycle apply ${allow.join(" ")}\nor release without it: --keep-policy`;
}

/** The name in messages of an image that has no digest yet. */
const newImage = "the new image";

/** The repository as the policy meets it: with this release's image and with its tags where they go. */
function afterRelease(
  images: readonly LifecycleImage[],
  at: number,
  { digest: known, tags }: Written,
): readonly LifecycleImage[] {
  const digest = known ?? newImage;
  const moved = new Set(tags);
  const others = images.map((image) => ({
    ...image,
    tags: [
      ...image.tags.filter((tag) => !moved.has(tag)),
      ...(image.digest === digest ? tags : []),
    ],
  }));
  if (images.some((image) => image.digest === digest)) return others;
  const released = { digest, tags, pushedAt: at, size: 0, status: "active", children: [] } as const;
  return [...others, released];
}
