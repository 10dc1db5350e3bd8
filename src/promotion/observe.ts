import type { FoundManifest, RepositoryId } from "../ecr/types.ts";
import type { StoredManifest } from "../oci/content.ts";
import type { Digest } from "../oci/reference.ts";
import { type Reading, readTreeWith, topsOf } from "../oci/tree.ts";
import { observeTargets, refusalOf } from "../release/observe.ts";
import { renderTag } from "../release/planning/tags.ts";
import { parseVersion } from "../release/planning/version.ts";
import type { Problem } from "../release/problem.ts";
import type { TargetRequest } from "../release/request.ts";
import { rolledBackAt } from "../release/rolled-back.ts";
import type { World } from "../release/world.ts";
import {
  type Companion,
  type FoundDestination,
  type FoundImage,
  holderOf,
  type Place,
  type Promotable,
  type PromotionObserved,
  type StoredAway,
} from "./observed.ts";
import {
  incomplete,
  missingProblem,
  noRepositoryProblem,
  storedAwayProblem,
  wrongHostProblem,
} from "./problems.ts";
import type { ImageWish, PromotionRequest } from "./request.ts";
import { promotedTags, versionsOf } from "./tags.ts";
import { askedFor, at, type Side } from "./told-of.ts";

/** Promotion asks ECR alone; docker and git have no part in it. */
type Outside = Pick<World, "ecr">;

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
  const images = await Promise.all(
    request.images.map((wish) => findImage(wish, request, look, world)),
  );
  const found = withoutTwins(images);
  const promotable = found.filter((image): image is Promotable => image.problem === undefined);
  const goals = await Promise.all(
    request.to.flatMap(({ target, repository }) =>
      promotable.map(async (image) => ({
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
  const asked = new Map<string, Promise<Place>>();
  return (target, repository) => {
    const key = JSON.stringify([target, repository]);
    const place = asked.get(key) ?? observePlace(target, repository);
    asked.set(key, place);
    return place;
  };

  async function observePlace(target: TargetRequest, name: string): Promise<Place> {
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

async function findImage(
  wish: ImageWish,
  request: PromotionRequest,
  look: Look,
  world: Outside,
): Promise<FoundImage> {
  const place = await lookAt("source", wish.at, wish.repository, look);
  const problem = place.refused ?? placeProblem(wish, place);
  if (problem) return { wish, problem };
  try {
    return await at("source", place.id, () => readImage(wish, place, request, world));
  } catch (error) {
    const refused = await refusalOf({ ...wish.at, account: place.account }, error, world);
    if (refused) return { wish, problem: { ...refused, target: place.id } };
    throw error;
  }
}

function placeProblem(wish: ImageWish, place: Place): Problem | undefined {
  if (place.repository === null) return noRepositoryProblem(wish, place);
  const isElsewhere = wish.host !== undefined && !place.repository.uri.startsWith(`${wish.host}/`);
  return isElsewhere ? wrongHostProblem(wish, place) : undefined;
}

async function readImage(
  wish: ImageWish,
  place: Place,
  request: PromotionRequest,
  world: Outside,
): Promise<FoundImage> {
  const { ecr, id } = ecrAt(place, world);
  const holder = "tag" in wish.image ? taggedAs(place, wish.image.tag, request) : undefined;
  const digest = "digest" in wish.image ? wish.image.digest : holder?.digest;
  const refused = (problem: Problem): FoundImage => ({ wish, problem });
  if (digest === undefined) return refused(missingProblem(wish, place));
  const summary = place.images.find((image) => image.digest === digest);
  if (summary && summary.status !== "ACTIVE") return refused(storedAwayProblem(place, summary));
  const [root] = await ecr.manifests(id, [{ digest }]);
  if (root === undefined) return refused(missingProblem(wish, place));
  const belongings = { companions: [] as Companion[], archived: [] as StoredAway[] };
  const known = storedManifest(root);
  const tree = await readTreeWith(
    known,
    {
      manifest: async (one) => (one.digest === digest ? known : readManifest(one, place, world)),
    },
    (one) => belongingTo(one, place, world, belongings),
  );
  return { wish, place, digest, tree, tags: summary?.tags ?? [], ...belongings };
}

/** A tag is meant as it stands; a version also as the tag that the templates make of it. */
function taggedAs(place: Place, tag: string, { templates }: PromotionRequest) {
  const version = parseVersion(tag);
  const facts = { commit: "", committedAt: "", branch: null, worktree: null };
  const asVersion =
    version === undefined
      ? []
      : templates.version.map((one) => renderTag(one, { ...facts, version }));
  return [tag, ...asVersion].map((name) => holderOf(place, name)).find(Boolean);
}

async function readManifest(
  { digest }: Reading,
  place: Place,
  world: Outside,
): Promise<StoredManifest> {
  const { ecr, id } = ecrAt(place, world);
  const [found] = await ecr.manifests(id, [{ digest }]);
  if (found) return storedManifest(found);
  throw incomplete(place, digest);
}

function storedManifest({ text, mediaType, digest }: FoundManifest): StoredManifest {
  return { bytes: Buffer.from(text), mediaType, digest };
}

/** What refers to a digest, and what is tagged with its name, as cosign tags before OCI 1.1. */
async function belongingTo(
  digest: Digest,
  place: Place,
  world: Outside,
  belongings: { readonly companions: Companion[]; readonly archived: StoredAway[] },
): Promise<Reading[]> {
  const { ecr, id } = ecrAt(place, world);
  const referrers = await ecr.referrers(id, digest);
  const companions = companionsOf(digest, place);
  belongings.companions.push(...companions.map(({ tag, digest: of }) => ({ tag, digest: of })));
  const all = [...referrers, ...companions.map((one) => ({ ...one, mediaType: "" }))];
  belongings.archived.push(...all.filter(isArchived));
  return all.filter((one) => !isArchived(one));
}

function isArchived({ status }: { readonly status: string }): boolean {
  return status !== "ACTIVE";
}

/** `sha256-….sig`, `.att`, `.sbom`, and the bare form of the OCI referrers tag schema. */
function companionsOf(digest: Digest, { images }: Place) {
  const name = digest.replace(":", "-");
  return images.flatMap(({ tags, digest: of, status }) =>
    tags
      .filter((tag) => tag === name || tag.startsWith(`${name}.`))
      .map((tag) => ({ tag, digest: of, status })),
  );
}

/** Which of these images a repository has already, what belongs to them told apart, and what rollbacks hold there. */
async function lookAround(
  place: Place,
  images: readonly Promotable[],
  { templates, tags }: PromotionRequest,
  world: Outside,
): Promise<FoundDestination> {
  if (!place.repository) return { place, images, found: new Map(), rolledBack: [] };
  const { ecr, id } = ecrAt(place, world);
  const tops = images
    .flatMap(({ tree }) => topsOf(tree.nodes))
    .map(({ manifest }) => manifest.digest);
  const wanted = images.flatMap((image) =>
    promotedTags(image, templates, tags).filter(
      ({ tag }) => holderOf(place, tag)?.digest !== image.digest,
    ),
  );
  const coming = images.flatMap((image) => versionsOf(image, templates));
  const holders = wanted.flatMap(({ tag }) => holderOf(place, tag)?.digest ?? []);
  const [found, rolledBack] = await Promise.all([
    ecr.manifests(
      id,
      [...new Set([...tops, ...holders])].map((digest) => ({ digest })),
    ),
    rolledBackAt(place, wanted, coming, { image: place.name, tags: templates }, world),
  ]);
  return { place, images, found: new Map(found.map((one) => [one.digest, one])), rolledBack };
}

function ecrAt({ request, account, name }: Place, world: Outside) {
  const id: RepositoryId = { name, registryId: account };
  return { ecr: world.ecr(request), id };
}

/** One image under several names goes once. */
function withoutTwins(images: readonly FoundImage[]): FoundImage[] {
  const keyOf = (image: FoundImage) =>
    image.problem ? JSON.stringify(image.problem) : `${image.place.id}@${image.digest}`;
  return images.filter(
    (image, at) => images.findIndex((other) => keyOf(other) === keyOf(image)) === at,
  );
}
