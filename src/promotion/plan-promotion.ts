import type { Digest } from "../oci/reference.ts";
import { blobsOf, type Tree, topsOf } from "../oci/tree.ts";
import { contentsOf } from "../release/contents.ts";
import { planRepository, type RepositoryPlan } from "../release/planning/plan-repository.ts";
import type { WantedTag } from "../release/planning/tags.ts";
import type { Problem } from "../release/problem.ts";
import {
  type FoundDestination,
  holderOf,
  type Place,
  type Promotable,
  type PromotionObserved,
  promotable,
} from "./observed.ts";
import type { Goal, PlannedPromotion, PromotionPlan, PromotionStep } from "./plan.ts";
import { ownerOf, type PlannedTag, planTag } from "./plan-tag.ts";
import { noTagsProblem, storedAwayProblem, withPromotionRemedy } from "./problems.ts";
import type { PromotionRequest } from "./request.ts";
import { promotedTags, releaseTags, versionsOf } from "./tags.ts";

/**
 * Plans a promotion from what was asked for and what was seen; pure. Every obstacle that can be foreseen is in
 * `problems`, all of them at once; every step says why it is there.
 */
export function planPromotion(
  request: PromotionRequest,
  observed: PromotionObserved,
): PromotionPlan {
  const { templates } = request;
  const images = promotable(observed.images);
  const plans = observed.destinations.map((destination) => planDestination(request, destination));
  return {
    format: 1,
    images: images.map((image) => plannedImage(image, request)),
    targets: observed.destinations.map(({ place }) => targetOf(place)),
    goals: plans.flatMap(({ goals }) => goals),
    versionTemplates: templates.version,
    expects: plans.flatMap(({ goals }, at) =>
      goals.flatMap((goal) => expectsOf(goal, placeAt(at))),
    ),
    steps: inOrder(plans.flatMap(({ steps }) => steps)),
    notes: plans.flatMap(({ notes }) => notes),
    problems: [
      ...observed.images.flatMap(({ problem }) => problem ?? []),
      ...images.flatMap((image) => imageProblems(image, request)),
      ...plans.flatMap(({ problems }) => problems),
    ],
  };

  function placeAt(at: number): Place {
    return observed.destinations[at]?.place as Place;
  }
}

function plannedImage(image: Promotable, { templates }: PromotionRequest): PlannedPromotion {
  const { wish, digest, place } = image;
  return {
    named: wish.named,
    digest,
    from: place.id,
    reference: `${place.repository?.uri}@${digest}`,
    versions: versionsOf(image, templates),
    ...planned(image),
  };
}

/** Of an image that stays in its repository only what its root says was read. */
function planned({ tree, digest, platform, stays }: Promotable) {
  const { platforms, attestations } = contentsOf(tree, platform);
  const known = platforms.filter(({ digest: of }) => of !== digest || platform !== undefined);
  if (stays) return { platforms: known.map(({ bytes: _, ...one }) => one), attestations };
  const tops = topsOf(tree.nodes);
  return {
    ...{ platforms: known, attestations, bytes: bytesOf(tree) },
    belonging: tops.filter(({ manifest }) => manifest.digest !== digest).length,
  };
}

function bytesOf({ nodes }: Tree): number {
  return blobsOf(nodes).reduce((sum, { size }) => sum + size, 0);
}

function targetOf({ id, account, region, request, repository, name }: Place) {
  return { id, account, region, request, repository: name, uri: repository?.uri ?? null };
}

function imageProblems(
  image: Promotable,
  { images, templates, tags }: PromotionRequest,
): Problem[] {
  const { place, archived } = image;
  const wanted = promotedTags(image, templates, tags);
  return [
    ...(wanted.every(({ kind }) => kind === "companion")
      ? [noTagsProblem(image, images.length > 1)]
      : []),
    ...archived.map((one) => storedAwayProblem(place, one)),
  ];
}

interface DestinationPlan extends RepositoryPlan {
  readonly goals: readonly Goal[];
  readonly steps: readonly PromotionStep[];
}

function planDestination(
  request: PromotionRequest,
  destination: FoundDestination,
): DestinationPlan {
  const { place, images } = destination;
  const goals = images.map((image): Goal => {
    const tags = promotedTags(image, request.templates, request.tags);
    return { target: place.id, image: image.digest, from: image.place.id, tags };
  });
  if (place.refused) return { goals: [], steps: [], notes: [], problems: [place.refused] };
  const wanted: WantedTag[] = goals.flatMap(({ tags }) => tags);
  const about = { repository: request.repository, image: place.name };
  const lines = [...wanted, ...images.flatMap((image) => releaseTags(image, request.templates))];
  const repository = planRepository(about, { tags: wanted, lines }, place);
  const tags = planTags(request, destination, goals);
  return {
    goals: asOne(goals),
    steps: [
      ...repository.steps,
      ...copySteps(destination),
      ...tags.flatMap(({ step }) => step ?? []),
    ],
    notes: repository.notes,
    problems: [
      ...destination.archived.map((one) => storedAwayProblem(place, one)),
      ...repository.problems.map((problem) => withPromotionRemedy(problem, destination)),
      ...tags.flatMap(({ problem }) => problem ?? []),
    ],
  };
}

/** An image that two places have goes to a third one once, with the tags of both. */
function asOne(goals: readonly Goal[]): Goal[] {
  const images = Map.groupBy(goals, ({ image }) => image);
  return [...images.values()].map((same) => {
    const tags = new Map(same.flatMap((goal) => goal.tags).map((wanted) => [wanted.tag, wanted]));
    return { ...(same[0] as Goal), tags: [...tags.values()] };
  });
}

/** What two images share, such as the signature of a common child, is tagged once. */
function planTags(
  { templates }: PromotionRequest,
  at: FoundDestination,
  goals: readonly Goal[],
): PlannedTag[] {
  const owned = at.images.flatMap((image, nth) => {
    const { tags: beside = [] } = goals[nth] ?? {};
    return beside.map((tag) => ({ tag, image, beside, owner: ownerOf({ tag, image }) }));
  });
  const isFirst = ({ tag, owner }: (typeof owned)[number], nth: number) =>
    owned.findIndex((one) => one.tag.tag === tag.tag && one.owner === owner) === nth;
  return owned.filter(isFirst).map(({ tag, image, beside }) => {
    const rivals = owned.flatMap((one) => (one.tag.tag === tag.tag ? [one.owner] : []));
    return planTag({ tag, image, at, templates, beside, rivals });
  });
}

/** Every place that an image comes from is read once; what is there needs no step, and nor does the place itself. */
function copySteps({ place, images, found, archived }: FoundDestination): PromotionStep[] {
  const there = new Set([...found.keys(), ...archived.map(({ digest }) => digest)]);
  const lacking = images.filter(
    ({ place: from, tree }) =>
      from.id !== place.id &&
      topsOf(tree.nodes).some(({ manifest }) => !there.has(manifest.digest)),
  );
  const sources = Map.groupBy(lacking, ({ place: from }) => from.id);
  return [...sources].flatMap(([source, group]): PromotionStep[] => {
    const isThere = group.every(({ digest }) => there.has(digest));
    const what = isThere ? "not all that belongs to it is there" : "the image is not there";
    const copy = { action: "copy", target: place.id, source } as const;
    const because = "no tag is written before everything is there";
    return [
      { ...copy, because: `${what}; from ${source}` },
      { ...copy, action: "verify", because },
    ];
  });
}

function expectsOf({ tags, target }: Goal, place: Place) {
  return tags.map(({ tag }) => {
    const digest: Digest | null = holderOf(place, tag)?.digest ?? null;
    return { about: "tag" as const, target, tag, digest };
  });
}

const order = [
  ["create-repository"],
  ["put-tag-mutability"],
  ["copy"],
  ["verify"],
  ["tag companion"],
  ["tag version", "tag commit"],
  ["tag named"],
  ["tag floating", "tag channel"],
  ["keep"],
] as const;

/** All targets go through each phase together: no tag anywhere before everything is everywhere. */
function inOrder(steps: readonly PromotionStep[]): PromotionStep[] {
  const phaseOf = (step: PromotionStep) =>
    step.action === "tag" ? `tag ${step.kind}` : step.action;
  return order.flatMap((phase) =>
    steps.filter((step) => (phase as readonly string[]).includes(phaseOf(step))),
  );
}
