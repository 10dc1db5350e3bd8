import type { Repository } from "../ecr/types.ts";
import { comparePolicy } from "../lifecycle/compare.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import type { Digest } from "../oci/reference.ts";
import { releaseAnnotations } from "./annotations.ts";
import { chooseContent } from "./content.ts";
import { type Inputs, inputsOf } from "./identity.ts";
import { isLocked, newRepository, widenedFilters } from "./mutability.ts";
import type { Observed, TargetFacts } from "./observed.ts";
import type { Content, Expectation, Note, Plan, Step } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { RepositorySettings, Request } from "./request.ts";
import { chooseSubject, knownVersions, type Subject } from "./subject.ts";
import { decideFloating, isFixed, type WantedTag } from "./tags.ts";

/**
 * Plans a release from what was asked for and what was seen; pure. Every obstacle that can be foreseen
 * is in `problems`, all of them at once; every step says why it is there.
 */
export function planRelease(request: Request, observed: Observed): Plan {
  const { subject, problems } = chooseSubject(request, observed.git, observed.targets);
  if (subject === undefined) return withoutSubject(request, observed, problems);
  const { content, problems: taken } = chooseContent(subject, observed, request);
  const plans = observed.targets.map((target) => planTarget(request, subject, content, target));
  const needed = plans.flatMap(({ steps }) => steps).some(({ action }) => action === "copy");
  const building = content.from === "build" && needed;
  return {
    ...frame(request, observed, subject.inputs),
    version: { value: subject.version, because: subject.because },
    tags: subject.tags,
    content,
    expects: plans.flatMap(({ expects }) => expects),
    steps: [
      ...inOrder(
        plans.flatMap(({ steps }) => steps),
        building ? [buildStep(request, observed, subject)] : [],
      ),
      ...gitTagSteps(request, observed, subject),
    ],
    notes: plans.flatMap(({ notes }) => notes),
    problems: [
      ...problems,
      ...taken,
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
  content: Content,
  facts: TargetFacts,
): TargetPlan {
  const { id, repository, refused } = facts;
  if (refused) return { expects: [], steps: [], notes: [], problems: [refused] };
  const repositoryPart = planRepository(request, subject, facts);
  const present =
    content.from !== "build" && facts.held.some(({ digest }) => digest === content.digest);
  const tags = subject.tags.map((wanted) => planTag(request, subject, content, facts, wanted));
  return {
    expects: [
      { about: "repository", target: id, exists: repository !== null },
      ...subject.tags.map(
        ({ tag }): Expectation => ({ about: "tag", target: id, tag, digest: holder(facts, tag) }),
      ),
    ],
    steps: [
      ...repositoryPart.steps,
      ...(present ? [] : copySteps(id, content)),
      ...tags,
      ...planPolicy(request.lifecycle, facts),
    ],
    notes: repositoryPart.notes,
    problems: repositoryPart.problems,
  };
}

function planRepository(
  { repository: settings, image }: Request,
  { tags }: Subject,
  { id, repository }: TargetFacts,
): Pick<TargetPlan, "steps" | "problems" | "notes"> {
  if (repository) return planExisting(settings, tags, id, repository);
  if (!settings.create) {
    const remedy = `aws ecr create-repository --repository-name ${image}, or set repository.create: true (--create-repository)`;
    const message = `repository ${image} does not exist`;
    const problem: Problem = { code: "REPOSITORY_MISSING", target: id, message, remedy };
    return { steps: [], notes: [], problems: [problem] };
  }
  const made = newRepository(settings, tags);
  const locks = made.mutabilityExclusions.join(", ");
  const because = `it does not exist${locks && settings.mutability === undefined ? `; ${locks} will be immutable, floating tags stay free` : ""}`;
  return {
    steps: [{ action: "create-repository", target: id, settings: made, because }],
    notes: noLockNotes(id, made),
    problems: lockedProblems(id, made, tags),
  };
}

/** An existing repository stays as it is, but for the filter of a new major where a release chose the filters. */
function planExisting(
  settings: RepositorySettings,
  tags: readonly WantedTag[],
  id: string,
  repository: Repository,
): Pick<TargetPlan, "steps" | "problems" | "notes"> {
  const filters = settings.mutability === undefined ? widenedFilters(repository, tags) : undefined;
  const because = `its filters lock ${repository.mutabilityExclusions.join(", ")} and not yet this release's tags`;
  return {
    steps: filters ? [{ action: "put-tag-mutability", target: id, filters, because }] : [],
    notes: noLockNotes(id, repository),
    problems: lockedProblems(id, repository, tags),
  };
}

function noLockNotes(target: string, { mutability }: Parameters<typeof isLocked>[0]): Note[] {
  if (mutability !== "MUTABLE") return [];
  const message =
    "tag mutability is MUTABLE: ECR does not lock version tags, slipway looks before it writes them";
  return [{ code: "NO_TAG_LOCK", target, message }];
}

function lockedProblems(
  id: string,
  setting: Parameters<typeof isLocked>[0],
  tags: readonly WantedTag[],
): Problem[] {
  const locked = tags.filter((wanted) => !isFixed(wanted) && isLocked(setting, wanted.tag));
  if (locked.length === 0) return [];
  const names = locked.map(({ tag }) => tag).join(", ");
  return [
    {
      code: "FLOATING_TAG_LOCKED",
      target: id,
      message: `tag mutability ${setting.mutability} would lock the floating tags ${names}`,
      remedy:
        "aws ecr put-image-tag-mutability with IMMUTABLE_WITH_EXCLUSION and a filter for them, or leave them out of tags.floating",
    },
  ];
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
  content: Content,
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
  const there = content.from !== "build" && from === content.digest;
  if (isFixed(wanted)) {
    return there ? keep("it already points there") : write(`the ${kind} tag is free`);
  }
  const known = knownVersions(request, facts);
  const { move, because } = decideFloating(wanted, version, known.keys());
  if (!move) return keep(because);
  // A new version looks after its floating tags even when they are right: a race may move them meanwhile.
  return there && known.has(version) ? keep("it already points there") : write(because);
}

function holder({ images }: TargetFacts, tag: string): Digest | null {
  return images.find(({ tags }) => tags.includes(tag))?.digest ?? null;
}

function planPolicy(wanted: LifecyclePolicy | undefined, { id, policy }: TargetFacts): Step[] {
  if (wanted === undefined) return [];
  const { state } = comparePolicy(wanted, policy);
  if (state === "same") {
    const because = "the policy in place means the same";
    return [{ action: "keep", target: id, what: "lifecycle policy", because }];
  }
  const because = state === "none" ? "there is none yet" : "the one in place differs";
  return [{ action: "put-lifecycle-policy", target: id, policy: wanted, because }];
}

function buildStep(
  { image, build, rebuild }: Request,
  { git }: Observed,
  { inputs }: Subject,
): Step {
  return {
    action: "build",
    // A rebuild is asked for because something outside the commit has changed: nothing old may be used.
    spec: rebuild ? { ...build, pull: true, noCache: true } : build,
    annotations: releaseAnnotations(image, git, inputs),
    because: "nothing built from these inputs was found",
  };
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

function frame(request: Request, { git, targets }: Observed, { digest: inputs }: Inputs) {
  const { commit, committedAt, worktree } = git;
  return {
    format: 1 as const,
    image: request.image,
    source: {
      commit,
      committedAt,
      worktree,
      inputs,
    },
    versionTemplates: request.tags.version,
    targets: targets.map(({ id, account, region, request: target, repository }) => ({
      id,
      account,
      region,
      request: target,
      uri: repository?.uri ?? null,
    })),
  };
}
