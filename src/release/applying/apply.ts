import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import { toBeFinished } from "../only-target.ts";
import type { Plan } from "../plan.ts";
import type { Receipt } from "../receipt.ts";
import type { World } from "../world.ts";
import { applyFixedTags } from "./apply-tags.ts";
import { attachReceipt, attachReceipts } from "./attach-receipt.ts";
import { checkSource } from "./build-image.ts";
import { claimOf, claimVersion } from "./claim.ts";
import { settleRoots } from "./expectations.ts";
import { checkGitTags, gitTag, putPolicy } from "./finish.ts";
import { applyFloatingTags } from "./floating.ts";
import { checkGates, passPublished, passSource } from "./gates.ts";
import { withTags } from "./half-tagged.ts";
import { imageFromRegistry, type PlannedImage } from "./image-source.ts";
import { type Images, publishAll } from "./obtain.ts";
import { publishAdopted } from "./publish.ts";
import { receiptOf } from "./receipt-of.ts";
import { refuseProblems } from "./refuse.ts";
import { type Applying, each, stepsOf, targetOf } from "./steps.ts";
import { named, together } from "./together.ts";

/**
 * Carries plans out, those of several images as one transaction, and answers with what each did. All images
 * go through each phase together: content goes everywhere first, then version and commit tags, then floating
 * tags, then the rest; the first failure stops what would come after. Everything can be run again: what is
 * done is found done. Throws PLAN_REFUSED, PLAN_STALE, or what the outside answered.
 */
export async function applyAll(plans: readonly Plan[], world: World): Promise<Receipt[]> {
  refuseProblems(plans.flatMap(({ problems }) => problems));
  const startedAt = world.now();
  for (const plan of plans) await checkSource(plan, world);
  const several = plans.length > 1;
  const all = plans.map((plan) =>
    several ? { ...begin(plan, named(plan, world)), image: plan.image } : begin(plan, world),
  );
  await checkGates(all);
  await checkGitTags(all);
  await together(all, (one) => passSource(one, stepsOf(one, "gate")));
  const own = await publishAll(all);
  return await nameAll(all, own, startedAt).catch((error) => {
    throw toBeFinished(withTags(error, all));
  });
}

/** Gives what is everywhere its names. */
async function nameAll(all: readonly Applying[], own: Images, startedAt: Date): Promise<Receipt[]> {
  await together(all, (one) => passPublished(one, stepsOf(one, "gate"), own(one)));
  const images = await settleAll(all, own);
  const rootsOf = await together(all, (one) => settleRoots(one, images(one).root));
  await together(all, (one) => applyFixedTags(one, rootsOf(one)));
  const released = (one: Applying) => ({ image: images(one), rootAt: rootsOf(one), startedAt });
  await together(all, (one) =>
    applyFloatingTags(one, rootsOf(one), (target, moves) =>
      attachReceipt(one, released(one), target, moves),
    ),
  );
  await together(all, (one) => attachReceipts(one, released(one)));
  await together(all, (one) => each(one, "put-lifecycle-policy", (step) => putPolicy(one, step)));
  // Several images may share a git tag: one after the other finds it done.
  for (const one of all) await each(one, "git-tag", (step) => gitTag(one, step));
  await together(all, (one) => each(one, "keep", async () => "kept"));
  return all.map((one) => receiptOf(one, images(one), startedAt));
}

function begin(plan: Plan, world: World): Applying {
  const targets = new Map(plan.targets.map((target) => [target.id, target]));
  return { plan, world, targets, outcomes: [], gated: [], attached: new Map() };
}

/**
 * Claims the versions, one image after the other and in the order of their names: of two jobs that release the
 * same images the one that loses the first claim has claimed none.
 */
async function settleAll(all: readonly Applying[], own: Images): Promise<Images> {
  const settled = new Map<Applying, PlannedImage>();
  const inOrder = all.toSorted((a, b) => (a.plan.image < b.plan.image ? -1 : 1));
  for (const one of inOrder) settled.set(one, await settleImage(one, own(one)));
  return (one) => settled.get(one) ?? own(one);
}

/** Other jobs that may be first with the same inputs, one after the other, before the plan is told to be stale. */
const othersAtMost = 3;

/** Claims the version; when another job was first with the same inputs, its image is the release's. */
async function settleImage(applying: Applying, own: PlannedImage): Promise<PlannedImage> {
  let image = own;
  for (let others = 0; others <= othersAtMost; others += 1) {
    const { digest, isClaimed } = await claimVersion(applying, image.root);
    if (isClaimed) return image;
    // One more is not brought everywhere only to be given up.
    const isWanted = others < othersAtMost && digest !== image.root.digest;
    if (isWanted) image = await adopt(applying, digest);
  }
  throw new SlipwayError(
    "PLAN_STALE",
    `other jobs kept moving the commit's tag while ${applying.plan.image} was being tagged`,
    { suggestions: ["run the same command again"] },
  );
}

/** The image of another job, at every target and through the gates. */
async function adopt(applying: Applying, digest: Digest): Promise<PlannedImage> {
  const { plan, world } = applying;
  const holders = [targetOf(applying, claimOf(applying)?.target ?? "")];
  const adopted = await imageFromRegistry(digest, holders, plan.image, world);
  await publishAdopted(applying, adopted);
  await passPublished(applying, stepsOf(applying, "gate"), adopted);
  return adopted;
}
