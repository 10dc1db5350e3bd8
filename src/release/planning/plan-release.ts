import type { Observed, TargetFacts } from "../observed.ts";
import type { Content, Expectation, JoinedContent, Note, Plan, PlanTarget, Step } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { type ContentChoice, chooseContent } from "./content.ts";
import { type Inputs, inputsOf } from "./identity.ts";
import { joinGiven } from "./layouts.ts";
import { buildStep, sourceOf } from "./plan-build.ts";
import { asksWhatIsThere, gateSteps } from "./plan-gates.ts";
import { planRepository } from "./plan-repository.ts";
import { digestAt, planTag } from "./plan-tag.ts";
import { type PolicyPlan, planPolicy, problemsOfAll } from "./policy.ts";
import { previousRelease } from "./previous.ts";
import { chooseSubject, digestOfTag, type Subject } from "./subject.ts";
import { tagsToAsk } from "./unlisted.ts";
import { untoldNotes } from "./untold.ts";

/**
 * Plans a release from what was asked for and what was seen; pure. Every obstacle that can be foreseen
 * is in `problems`, all of them at once; every step says why it is there.
 */
export function planRelease(request: Request, observed: Observed): Plan {
  const { subject, problems } = chooseSubject(request, observed.git, lookedAt(observed));
  if (subject === undefined) return withoutSubject(request, observed, problems);
  const layouts = joinGiven(request, subject, observed);
  const choice = chooseContent(subject, observed, request, layouts.content);
  const { content } = choice;
  const plans = observed.targets.map((target) => planTarget(request, subject, choice, target));
  const steps = plans.flatMap((plan) => plan.steps);
  const needed = steps.some(({ action }) => action === "copy");
  const building = content.from === "build" && needed && observed.given.length === 0;
  const build = building ? [buildStep(request, observed.git, subject.inputs)] : [];
  const before = previousRelease(request, observed.targets, subject);
  const isNew = needed && content.from !== "registry";
  const gates = gateSteps(request, before).filter((step) =>
    asksWhatIsThere(step) ? writes(steps) : isNew,
  );
  const git = gitTagSteps(request, observed, subject);
  return {
    ...frame(request, observed, subject.inputs, subject, choice),
    version: { value: subject.version, because: subject.because },
    tags: subject.tags,
    content,
    expects: plans.flatMap(({ expects }) => expects),
    steps: layouts.problems.length > 0 ? [] : [...inOrder(steps, build, gates), ...git],
    notes: [
      ...(building ? [...adjustedNotes(request), ...untoldNotes(request, observed.git)] : []),
      ...choice.notes,
      ...plans.flatMap(({ notes }) => notes),
      ...leftOutNotes(observed.leftOut, subject),
    ],
    problems: [
      ...problems,
      ...layouts.problems,
      ...choice.problems,
      ...problemsOfAll(plans),
      ...(building ? observed.buildProblems : []),
      ...(gates.length > 0 ? observed.gateProblems : []),
      ...(git.length > 0 ? observed.tagProblems : []),
    ],
  };
}

/** Wherever something gets a name. */
function writes(steps: readonly Step[]): boolean {
  return steps.some(({ action }) => action === "copy" || action === "tag");
}

/** Every target that tells which versions there are. */
function lookedAt({ targets, leftOut }: Observed): TargetFacts[] {
  return [...targets, ...leftOut.map(({ facts }) => facts)];
}

function adjustedNotes({ adjusted = [] }: Request): Note[] {
  return adjusted.map((message) => ({ code: "BUILD_ADJUSTED", message }));
}

function leftOutNotes(leftOut: Observed["leftOut"], { version }: Subject): Note[] {
  return leftOut.flatMap(({ facts: { id }, unreached }): Note[] => {
    const later = `${id} is left out: the same release without --only-target finishes it`;
    const unknown = `${id} could not be asked whether ${version} is taken there: ${unreached}`;
    return [
      { code: "TARGET_LEFT_OUT", message: later },
      ...(unreached === undefined ? [] : [{ code: "TARGET_UNREACHED" as const, message: unknown }]),
    ];
  });
}

interface TargetPlan extends Pick<PolicyPlan, "guards"> {
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
  if (refused) return { expects: [], steps: [], notes: [], problems: [refused], guards: [] };
  const repositoryPart = planRepository(request, subject, facts);
  const here = digestAt(choice, id);
  const present = facts.held.some(({ digest }) => digest === here);
  const tags = subject.tags.map((wanted) => planTag(request, subject, choice, facts, wanted));
  const written = tags.flatMap((step) => (step.action === "tag" ? [step.tag] : []));
  const policyPart = planPolicy(request.lifecycle, facts, { digest: here, tags: written });
  return {
    expects: [
      ...subject.tags.map(
        ({ tag }): Expectation => ({
          about: "tag",
          target: id,
          tag,
          digest: digestOfTag(facts.images, tag) ?? null,
        }),
      ),
    ],
    steps: [
      ...repositoryPart.steps,
      ...(present ? [] : copySteps(facts, choice.content)),
      ...tags,
      ...policyPart.steps,
    ],
    notes: [
      ...deniedNotes(facts),
      ...mountingNotes(facts),
      ...repositoryPart.notes,
      ...policyPart.notes,
    ],
    problems: [...repositoryPart.problems, ...policyPart.problems],
    guards: policyPart.guards,
  };
}

function mountingNotes({ id, account, region, mounting }: TargetFacts): Note[] {
  if (mounting?.state !== "off") return [];
  const message = `layers are not mounted at ${account}/${region}, and are uploaded: aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED --region ${region} lets the account's own principals mount`;
  return [{ code: "MOUNTING_OFF", target: id, message }];
}

/** What is not known because it may not be asked; the plan goes on with what is read by tag. */
function deniedNotes({ id, repository, unlisted, undescribed, mounting }: TargetFacts): Note[] {
  const unread = mounting?.state === "unknown" ? mounting.denied : undefined;
  const said = [
    [unlisted, "versions are those that git tags name, and archived images are not recognised"],
    [unread, "whether layers may be mounted is not known, and they are uploaded"],
    [undescribed, "how the repository locks its tags is not known"],
  ] as const;
  return said.flatMap(([denied, unknown]) => {
    if (denied === undefined || repository === null) return [];
    const message = `${denied.action} on ${denied.resource} is not allowed: ${unknown}`;
    return [{ code: "READ_DENIED", target: id, message }];
  });
}

function givenText({ parts }: JoinedContent): string {
  const platforms = parts.flatMap((part) => part.platforms).join(", ");
  return parts.length === 1 ? "from the layout given" : `joined from layouts of ${platforms}`;
}

function heldText({ target, others = [] }: Extract<Content, { from: "registry" }>): string {
  return [target, ...others].map((id) => `from ${id}`).join(", else ");
}

function mountedText(mounting: TargetFacts["mounting"]): string {
  if (mounting?.state !== "on") return "";
  return `; layers that ${mounting.from.join(", ")} ${mounting.from.length === 1 ? "has" : "have"} are mounted`;
}

function copySteps({ id: target, mounting }: TargetFacts, content: Content): Step[] {
  const origin = {
    build: "from the new build",
    layout: "from the layout built before",
    layouts: content.from === "layouts" ? givenText(content) : "",
    registry: content.from === "registry" ? heldText(content) : "",
  }[content.from];
  return [
    {
      action: "copy",
      target,
      ...(mounting?.state === "on" && { mountFrom: mounting.from }),
      because: `the image is not there; ${origin}${mountedText(mounting)}`,
    },
    { action: "verify", target, because: "no tag is written before everything is there" },
  ];
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
  ["gate source"],
  ["create-repository"],
  ["put-tag-mutability"],
  ["build"],
  ["gate layout"],
  ["copy"],
  ["verify"],
  ["gate published"],
  ["tag version", "tag commit"],
  ["tag floating", "tag channel"],
  ["put-lifecycle-policy"],
  ["keep"],
] as const;

/** All targets go through each phase together: no tag anywhere before everything is everywhere. */
function inOrder(steps: readonly Step[], build: readonly Step[], gates: readonly Step[]): Step[] {
  return order.flatMap((phase) =>
    [...build, ...gates, ...steps].filter((step) =>
      (phase as readonly string[]).includes(phaseOf(step)),
    ),
  );
}

function phaseOf(step: Step): string {
  if (step.action === "tag") return `tag ${step.kind}`;
  if (step.action === "gate") return `gate ${step.stage}`;
  return step.action;
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
  { git, targets, leftOut }: Observed,
  inputs: Inputs,
  subject?: Subject,
  choice?: ContentChoice,
) {
  return {
    format: 1 as const,
    image: request.image,
    source: sourceOf(git, inputs),
    directory: git.directory,
    platforms: request.build.platforms,
    versionTemplates: request.tags.version,
    targets: targets.map((facts) => ({
      ...planned(facts),
      ...ownDigest(choice, facts.id),
      ...(facts.unlisted && subject && { unlisted: tagsToAsk(request, git, subject) }),
    })),
    leftOut: leftOut.map(({ facts }) => planned(facts)),
  };
}

function planned({ id, account, region, request, repository }: TargetFacts): PlanTarget {
  return { id, account, region, request, uri: repository?.uri ?? null };
}

function ownDigest(choice: ContentChoice | undefined, target: string): Pick<PlanTarget, "digest"> {
  const digest = choice?.at.get(target);
  const { content } = choice ?? {};
  if (digest === undefined || (content && content.from !== "build" && content.digest === digest))
    return {};
  return { digest };
}
