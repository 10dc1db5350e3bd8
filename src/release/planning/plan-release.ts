import { comparePolicy } from "../../lifecycle/compare.ts";
import { lintPolicy } from "../../lifecycle/lint.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Observed, TargetFacts } from "../observed.ts";
import type { Content, Expectation, Note, Plan, PlanTarget, Step } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { type ContentChoice, chooseContent } from "./content.ts";
import { type Inputs, inputsOf } from "./identity.ts";
import { buildStep, sourceOf } from "./plan-build.ts";
import { planRepository } from "./plan-repository.ts";
import { chooseSubject, knownVersions, type Subject } from "./subject.ts";
import { decideFloating, isFixed, type WantedTag } from "./tags.ts";

/**
 * Plans a release from what was asked for and what was seen; pure. Every obstacle that can be foreseen
 * is in `problems`, all of them at once; every step says why it is there.
 */
export function planRelease(request: Request, observed: Observed): Plan {
  const { subject, problems } = chooseSubject(request, observed.git, observed.targets);
  if (subject === undefined) return withoutSubject(request, observed, problems);
  const choice = chooseContent(subject, observed, request);
  const { content } = choice;
  const plans = observed.targets.map((target) => planTarget(request, subject, choice, target));
  const needed = plans.flatMap(({ steps }) => steps).some(({ action }) => action === "copy");
  const building = content.from === "build" && needed;
  return {
    ...frame(request, observed, subject.inputs, choice),
    version: { value: subject.version, because: subject.because },
    tags: subject.tags,
    content,
    expects: plans.flatMap(({ expects }) => expects),
    steps: [
      ...inOrder(
        plans.flatMap(({ steps }) => steps),
        building ? [buildStep(request, observed.git, subject.inputs)] : [],
      ),
      ...gitTagSteps(request, observed, subject),
    ],
    notes: [...choice.notes, ...plans.flatMap(({ notes }) => notes)],
    problems: [
      ...problems,
      ...choice.problems,
      ...plans.flatMap((plan) => plan.problems),
      ...(building ? observed.buildProblems : []),
    ],
  };
}

interface TargetPlan {
  readonly notes: readonly Note[];
  readonly expects: readonly Expectation[];
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
}

function planTarget(
  request: Request,
  subject: Subject,
  choice: ContentChoice,
  facts: TargetFacts,
): TargetPlan {
  const { id, refused } = facts;
  if (refused) return { expects: [], steps: [], notes: [], problems: [refused] };
  const repositoryPart = planRepository(request, subject, facts);
  const here = digestAt(choice, id);
  const present = facts.held.some(({ digest }) => digest === here);
  const tags = subject.tags.map((wanted) => planTag(request, subject, choice, facts, wanted));
  return {
    expects: [
      ...subject.tags.map(
        ({ tag }): Expectation => ({ about: "tag", target: id, tag, digest: holder(facts, tag) }),
      ),
    ],
    steps: [
      ...repositoryPart.steps,
      ...(present ? [] : copySteps(id, choice.content)),
      ...tags,
      ...planPolicy(request.lifecycle, facts),
    ],
    notes: [...repositoryPart.notes, ...unreadNotes(facts), ...lintNotes(request.lifecycle, facts)],
    problems: repositoryPart.problems,
  };
}

function unreadNotes({ id, policyUnread }: TargetFacts): Note[] {
  if (policyUnread === undefined) return [];
  return [{ code: "POLICY_UNREAD", target: id, message: policyUnread }];
}

/** A policy is put as the file says it; what is almost surely wrong about it is said. */
function lintNotes(wanted: LifecyclePolicy | undefined, facts: TargetFacts): Note[] {
  const puts = planPolicy(wanted, facts).some(({ action }) => action === "put-lifecycle-policy");
  if (wanted === undefined || !puts) return [];
  return lintPolicy(wanted).map(({ code, rule, message }) => ({
    code: "POLICY_LINT",
    target: facts.id,
    message: `lifecycle rule ${rule}: ${message} (${code}); slipway lifecycle plan shows which images would go`,
  }));
}

function copySteps(target: string, content: Content): Step[] {
  const origin = {
    build: "from the new build",
    layout: "from the layout built before",
    registry: content.from === "registry" ? `from ${content.target}` : "",
  }[content.from];
  return [
    { action: "copy", target, because: `the image is not there; ${origin}` },
    { action: "verify", target, because: "no tag is written before everything is there" },
  ];
}

function planTag(
  request: Request,
  { version }: Subject,
  choice: ContentChoice,
  facts: TargetFacts,
  wanted: WantedTag,
): Step {
  const { tag, kind } = wanted;
  const from = holder(facts, tag);
  const keep = (because: string): Step => {
    return { action: "keep", target: facts.id, what: `tag ${tag}`, because };
  };
  const write = (because: string): Step => {
    return { action: "tag", target: facts.id, tag, kind, from, because };
  };
  if (isFixed(wanted)) {
    if (from !== null && isImage(choice, from)) return keep("it already points there");
    return write(from === null ? `the ${kind} tag is free` : "another image has it");
  }
  const known = knownVersions(request, facts);
  const { move, because } = decideFloating(wanted, version, known.keys());
  if (!move) return keep(because);
  const there = from !== null && from === digestAt(choice, facts.id);
  // A new version looks after its floating tags even when they are right: a race may move them meanwhile.
  return there && known.has(version) ? keep("it already points there") : write(because);
}

/** What the image is at a target, now or after the copy; `undefined` while it is not built. */
function digestAt({ content, at }: ContentChoice, target: string): Digest | undefined {
  return at.get(target) ?? (content.from === "build" ? undefined : content.digest);
}

function isImage({ content, digests }: ContentChoice, digest: Digest): boolean {
  return digests.has(digest) || (content.from !== "build" && content.digest === digest);
}

function holder({ images }: TargetFacts, tag: string): Digest | null {
  return images.find(({ tags }) => tags.includes(tag))?.digest ?? null;
}

function planPolicy(
  wanted: LifecyclePolicy | undefined,
  { id, policy, policyUnread }: TargetFacts,
): Step[] {
  if (wanted === undefined) return [];
  if (policyUnread !== undefined) {
    const because = "the one in place may not be read";
    return [{ action: "put-lifecycle-policy", target: id, policy: wanted, because }];
  }
  const { state } = comparePolicy(wanted, policy);
  if (state === "same") {
    const because = "the policy in place means the same";
    return [{ action: "keep", target: id, what: "lifecycle policy", because }];
  }
  const because = state === "none" ? "there is none yet" : "the one in place differs";
  return [{ action: "put-lifecycle-policy", target: id, policy: wanted, because }];
}

function gitTagSteps(
  { git: wish, tags }: Request,
  { git }: Observed,
  { version }: Subject,
): Step[] {
  const name = `${tags.gitPrefix}${version}`;
  if (!wish.createTag && !wish.pushTag) return [];
  if (git.tagsAtHead.includes(name) && !wish.pushTag) return [];
  return [
    {
      action: "git-tag",
      name,
      push: wish.pushTag,
      because: "asked for, once everything is published",
    },
  ];
}

const order = [
  ["create-repository"],
  ["put-tag-mutability"],
  ["build"],
  ["copy"],
  ["verify"],
  ["tag version", "tag commit"],
  ["tag floating", "tag channel"],
  ["put-lifecycle-policy"],
  ["keep"],
] as const;

/** All targets go through each phase together: no tag anywhere before everything is everywhere. */
function inOrder(steps: readonly Step[], build: readonly Step[]): Step[] {
  const phaseOf = (step: Step) => (step.action === "tag" ? `tag ${step.kind}` : step.action);
  return order.flatMap((phase) =>
    [...build, ...steps].filter((step) => (phase as readonly string[]).includes(phaseOf(step))),
  );
}

function withoutSubject(request: Request, observed: Observed, problems: readonly Problem[]): Plan {
  return {
    ...frame(request, observed, inputsOf(request.build, request.image, observed.git)),
    version: { value: "", because: "" },
    tags: [],
    content: { from: "build" },
    expects: [],
    steps: [],
    notes: [],
    problems: [...observed.targets.flatMap(({ refused }) => refused ?? []), ...problems],
  };
}

function frame(
  request: Request,
  { git, targets }: Observed,
  inputs: Inputs,
  choice?: ContentChoice,
) {
  return {
    format: 1 as const,
    image: request.image,
    source: sourceOf(git, inputs),
    platforms: request.build.platforms,
    versionTemplates: request.tags.version,
    targets: targets.map(({ id, account, region, request: target, repository }) => ({
      id,
      account,
      region,
      request: target,
      uri: repository?.uri ?? null,
      ...ownDigest(choice, id),
    })),
  };
}

function ownDigest(choice: ContentChoice | undefined, target: string): Pick<PlanTarget, "digest"> {
  const digest = choice?.at.get(target);
  const { content } = choice ?? {};
  if (digest === undefined || (content && content.from !== "build" && content.digest === digest))
    return {};
  return { digest };
}
