import { once } from "../oci/once.ts";
import type { Digest } from "../oci/reference.ts";
import { topsOf } from "../oci/tree.ts";
import { textOf } from "../release/contents.ts";
import { observeTargets, refusalOf } from "../release/observe.ts";
import type { WantedTag } from "../release/planning/tags.ts";
import type { Problem } from "../release/problem.ts";
import type { TargetRequest } from "../release/request.ts";
import { rolledBackAt } from "../release/rolled-back.ts";
import {
  type FoundDestination,
  type FoundImage,
  holderOf,
  type Place,
  type Promotable,
  type PromotionObserved,
  promotable,
} from "./observed.ts";
import { noRepositoryProblem, wrongHostProblem } from "./problems.ts";
import { ecrAt, manifestsOf, type Outside, readImage } from "./read-image.ts";
import type { ImageWish, PromotionRequest } from "./request.ts";
import { promotedTags, versionsOf } from "./tags.ts";
import { askedFor, at, type Side } from "./told-of.ts";
import { knownVersionsOf } from "./versions.ts";

/**
 * Reads every image with all that belongs to it, and every repository that it would go to, side by side. Throws what
 * the outside answers: ACCESS_DENIED, CREDENTIALS_MISSING, CONTENT_CORRUPT …
 */
export async function observePromotion(
  request: PromotionRequest,
  world: Outside,
): Promise<PromotionObserved> {
  const look = placesOf(request, world);
  lookAhead(request, look);
  const reading = { look, manifestsAt: once((place: Place) => manifestsOf(place, world)) };
  const images = await Promise.all(
    request.images.map((wish) => findImage(wish, request, reading, world)),
  );
  const found = withoutTwins(images);
  const goals = await Promise.all(
    request.to.flatMap(({ target, repository }) =>
      promotable(found).map(async (image) => ({
        image,
        place: await lookAt("destination", target, repository ?? image.place.name, look),
      })),
    ),
  );
  const groups = [...Map.groupBy(goals, ({ place }) => place.id).values()];
  const destinations = groups.map((group) =>
    lookAround(
      group[0]?.place as Place,
      [...new Set(group.map(({ image }) => image))], // one place may have been named twice
      request,
      world,
    ),
  );
  return { images: found, destinations: await Promise.all(destinations) };
}

type Look = (target: TargetRequest, repository: string) => Promise<Place>;

async function lookAt(side: Side, target: TargetRequest, repository: string, look: Look) {
  return await at(side, askedFor(target, repository), () => look(target, repository));
}

/** Where images go is known before what they are: both are asked side by side. Whoever needs an answer is told what went wrong. */
function lookAhead({ images, to }: PromotionRequest, look: Look): void {
  for (const { target, repository } of to) {
    for (const wish of images) look(target, repository ?? wish.repository).catch(() => {});
  }
}

/** Every repository is asked once, however many images are in it or go there. */
function placesOf({ expectAccounts }: PromotionRequest, world: Outside): Look {
  const look = once(observePlace, JSON.stringify);
  return (...asked) => look(asked);

  async function observePlace([target, name]: Parameters<Look>): Promise<Place> {
    const about = { targets: [target], image: name, ...(expectAccounts && { expectAccounts }) };
    const [facts] = await observeTargets(about, world);
    if (facts === undefined) throw new Error("a target without facts");
    const id = `${facts.id}/${name}`;
    return {
      ...facts,
      id,
      name,
      ...(facts.refused && { refused: { ...facts.refused, target: id } }),
    };
  }
}

/** Images of one repository are read together. */
interface Reading {
  readonly look: Look;
  readonly manifestsAt: (place: Place) => ReturnType<typeof manifestsOf>;
}

async function findImage(
  wish: ImageWish,
  request: PromotionRequest,
  { look, manifestsAt }: Reading,
  world: Outside,
): Promise<FoundImage> {
  const place = await lookAt("source", wish.at, wish.repository, look);
  const problem = place.refused ?? placeProblem(wish, place);
  if (problem) return { wish, problem };
  const stays = await isStaying(wish, place, request, look);
  try {
    return await at("source", place.id, () =>
      readImage(wish, place, stays, request, world, manifestsAt(place)),
    );
  } catch (error) {
    const refused = await refusalOf({ ...wish.at, account: place.account }, error, world);
    if (refused) return { wish, problem: { ...refused, target: place.id } };
    throw error;
  }
}

/** Whether an image goes nowhere but to where it is. Waits to hear of the destinations only where that may be. */
async function isStaying(
  wish: ImageWish,
  place: Place,
  { to }: PromotionRequest,
  look: Look,
): Promise<boolean> {
  const goals = to.map(({ target, repository = wish.repository }) => ({ target, repository }));
  const isNear = ({ target, repository }: (typeof goals)[number]) =>
    target.region === wish.at.region && repository === wish.repository;
  if (!goals.every(isNear)) return false;
  const places = await Promise.all(
    goals.map(({ target, repository }) => lookAt("destination", target, repository, look)),
  );
  return places.every(({ id }) => id === place.id);
}

function placeProblem(wish: ImageWish, place: Place): Problem | undefined {
  if (place.repository === null) return noRepositoryProblem(wish, place);
  const isElsewhere = wish.host !== undefined && !place.repository.uri.startsWith(`${wish.host}/`);
  return isElsewhere ? wrongHostProblem(wish, place) : undefined;
}

/** Which of these images a repository has already, what belongs to them told apart, and what rollbacks hold there. */
async function lookAround(
  place: Place,
  images: readonly Promotable[],
  { templates, tags }: PromotionRequest,
  world: Outside,
): Promise<FoundDestination> {
  if (!place.repository) return { place, images, found: new Map(), archived: [], rolledBack: [] };
  const { ecr, id } = ecrAt(place, world);
  const isHere = (image: Promotable) => image.place.id === place.id;
  const own = images
    .filter(isHere)
    .flatMap(({ tree }) => tree.nodes.map(({ manifest }) => manifest));
  const known = new Map(own.map((manifest) => [manifest.digest, textOf(manifest)]));
  const tops = images
    .filter((image) => !isHere(image))
    .flatMap(({ tree }) => topsOf(tree.nodes))
    .map(({ manifest }) => manifest.digest);
  const wanted = images.flatMap((image) =>
    promotedTags(image, templates, tags).filter(
      ({ tag }) => holderOf(place, tag)?.digest !== image.digest,
    ),
  );
  const coming = images.flatMap((image) => versionsOf(image, templates));
  const nameless = (digest: Digest) =>
    knownVersionsOf(digest, { place, images, found: known }, templates).length === 0;
  const heldBy = (some: readonly WantedTag[]) =>
    some.flatMap(({ tag }) => holderOf(place, tag)?.digest ?? []);
  const companions = heldBy(wanted.filter(({ kind }) => kind === "companion"));
  const holders = [...companions, ...heldBy(wanted).filter(nameless)];
  const away = place.images.filter(({ status }) => status !== "ACTIVE");
  const archived = away.filter(({ digest }) => [...tops, ...companions].includes(digest));
  const unknown = [...new Set([...tops, ...holders])].filter(
    (digest) => !known.has(digest) && !away.some((one) => one.digest === digest),
  );
  const [found, rolledBack] = await Promise.all([
    ecr.manifests(
      id,
      unknown.map((digest) => ({ digest })),
    ),
    rolledBackAt(place, wanted, coming, { image: place.name, tags: templates }, world),
  ]);
  for (const one of found) known.set(one.digest, one);
  return { place, images, found: known, archived, rolledBack };
}

/** One image under several names goes once. */
function withoutTwins(images: readonly FoundImage[]): FoundImage[] {
  const keyOf = (image: FoundImage) =>
    image.problem ? JSON.stringify(image.problem) : `${image.place.id}@${image.digest}`;
  return images.filter(
    (image, at) => images.findIndex((other) => keyOf(other) === keyOf(image)) === at,
  );
}
