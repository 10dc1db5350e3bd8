import { atMost } from "../oci/parallel.ts";
import type { Digest } from "../oci/reference.ts";
import { joinTrees, type Tree } from "../oci/tree.ts";
import { withTags } from "../release/applying/half-tagged.ts";
import { startPublishing } from "../release/applying/publish.ts";
import { refuseProblems } from "../release/applying/refuse.ts";
import { prepareRepositories } from "../release/applying/repositories.ts";
import { each } from "../release/applying/steps.ts";
import { together } from "../release/applying/together.ts";
import { isNothingToDo } from "../release/plan.ts";
import { targetRegistry } from "../release/target-registry.ts";
import type { World } from "../release/world.ts";
import { applyTags } from "./apply-tags.ts";
import { attachRecords } from "./attach.ts";
import { type Place, type Promotable, type PromotionObserved, promotable } from "./observed.ts";
import type { PromotionPlan, PromotionStep } from "./plan.ts";
import { manifestOf, type Promoting, partOf } from "./promoting.ts";
import type { PromotionReceipt } from "./receipt.ts";
import { promotionReceipt } from "./receipt-of.ts";
import { at, watched } from "./told-of.ts";

/**
 * Carries a promotion out and answers with what it did. Content goes everywhere by digest and is verified there; then
 * come the tags, fixed ones before floating ones. The first failure stops what would come after; run again, it goes on
 * where it ended. Throws PLAN_REFUSED, PLAN_STALE, or what the outside answered.
 */
export async function applyPromotion(
  plan: PromotionPlan,
  observed: PromotionObserved,
  world: World,
): Promise<PromotionReceipt> {
  refuseProblems(plan.problems);
  const images = promotable(observed.images);
  const promoting: Promoting = {
    ...{ plan, images, world, startedAt: world.now() },
    targets: new Map(plan.targets.map((target) => [target.id, target])),
    outcomes: [],
    attached: new Map(),
  };
  askTokensEarly(promoting);
  await together(plan.targets, ({ id }) => prepareRepositories(partOf(promoting, id, plan.steps)));
  await copyAll(promoting, bySource(images), seenAt(observed));
  await nameAll(promoting).catch((error) => {
    throw withTags(error, [promoting]);
  });
  return promotionReceipt(promoting);
}

/** Gives what is everywhere its names. */
async function nameAll(promoting: Promoting): Promise<void> {
  const { plan } = promoting;
  await applyTags(promoting);
  await attachRecords(promoting);
  for (const { id } of plan.targets) {
    await each(partOf(promoting, id, plan.steps), "keep", async () => "kept");
  }
}

/** Whoever needs a token is told what went wrong; meanwhile tags are looked at and repositories are made. */
function askTokensEarly({ plan, images, world }: Promoting): void {
  if (isNothingToDo(plan)) return;
  const sources = images.filter(({ place }) =>
    plan.steps.some(({ source }) => source === place.id),
  );
  const places = [...plan.targets, ...sources.map(({ place }) => place)];
  for (const { request } of places)
    world
      .ecr(request)
      .token()
      .catch(() => {});
}

type Group = readonly [Promotable, ...Promotable[]];

function bySource(images: readonly Promotable[]): Group[] {
  return [...Map.groupBy(images, ({ place }) => place.id).values()] as unknown as Group[];
}

type SeenAt = (target: string) => ReadonlySet<Digest>;

/** What the plan goes by: of a destination that lacks one signature of hundreds nothing else is asked. */
function seenAt({ destinations }: PromotionObserved): SeenAt {
  const seen = new Map(destinations.map(({ place, found }) => [place.id, new Set(found.keys())]));
  return (target) => seen.get(target) ?? new Set();
}

/** Places at once: each has buffers of its own. */
const placesAtOnce = 3;

/** Two places that bring to one target take turns there: what both have is sent once. */
async function copyAll(
  promoting: Promoting,
  groups: readonly Group[],
  seen: SeenAt,
): Promise<void> {
  const inTurn = atMost(placesAtOnce);
  const busy = new Map<string, Promise<void>>();
  const copies = groups.map((group) => {
    const steps = stepsFrom(promoting, group);
    const targets = [...new Set(steps.flatMap((step) => ("target" in step ? step.target : [])))];
    const before = Promise.all(targets.map((target) => busy.get(target)));
    const copy = before.then(() => inTurn(() => copyFrom(promoting, group, seen)));
    for (const target of targets) busy.set(target, copy);
    return copy;
  });
  const failed = (await Promise.allSettled(copies)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

function stepsFrom({ plan }: Promoting, [{ place }]: Group): PromotionStep[] {
  return plan.steps.filter(({ source }) => source === place.id);
}

/** Brings what one place has to every target that lacks it, each blob read once. */
async function copyFrom(promoting: Promoting, group: Group, seen: SeenAt): Promise<void> {
  const [{ place, digest }] = group;
  const { world } = promoting;
  const steps = stepsFrom(promoting, group);
  if (steps.length === 0) return;
  const mountFrom = (target: string) => (isNeighbour(promoting, target, place) ? [place.name] : []);
  const publishing = await startPublishing(
    { ...promoting, plan: { image: place.name, tags: [], versionTemplates: [], steps } },
    { mountFrom, seen },
  );
  const tree = joinTrees(group.map((image) => image.tree) as [Tree, ...Tree[]]);
  const { source, blame } = watched(
    await at("source", place.id, () =>
      targetRegistry(place.request, place.repository?.uri ?? "", world),
    ),
    place.id,
  );
  const image = { tree, root: manifestOf(promoting, digest), source: async () => source };
  await publishing.finish(image).catch((error) => {
    throw blame(error);
  });
}

/** Two repositories of one registry may share their layers. */
function isNeighbour({ targets }: Promoting, id: string, place: Place): boolean {
  const target = targets.get(id);
  return target?.account === place.account && target.region === place.region;
}
