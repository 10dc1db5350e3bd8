import type { Ecr, RepositoryId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { comparePolicy } from "../../lifecycle/compare.ts";
import { formatPolicy, type LifecyclePolicy } from "../../lifecycle/policy.ts";
import { answered } from "../denied.ts";
import { imageFromGiven } from "../given-layouts.ts";
import type { Plan } from "../plan.ts";
import type { Receipt } from "../receipt.ts";
import type { World } from "../world.ts";
import { applyFixedTags } from "./apply-tags.ts";
import { attachReceipts } from "./attach-receipt.ts";
import { buildImage, checkSource } from "./build-image.ts";
import { claimOf, claimVersion } from "./claim.ts";
import { settleRoots } from "./expectations.ts";
import { applyFloatingTags } from "./floating.ts";
import { mustPassFirst, passLayout, passSource } from "./gates.ts";
import { imageFromLayouts, imageFromRegistry, type PlannedImage } from "./image-source.ts";
import { type Publishing, publishAdopted, startPublishing } from "./publish.ts";
import { receiptOf } from "./receipt-of.ts";
import { refuseProblems } from "./refuse.ts";
import { prepareRepositories } from "./repositories.ts";
import { type Applying, each, ecrAt, type StepOf, stepsOf, targetOf } from "./steps.ts";

/**
 * Carries a plan out and answers with what it did. Content goes everywhere first, then version and
 * commit tags, then floating tags, then the rest; the first failure stops what would come after.
 * Everything can be run again: what is done is found done. Throws PLAN_REFUSED, PLAN_STALE, or what
 * the outside answered.
 */
export async function apply(plan: Plan, world: World): Promise<Receipt> {
  refuseProblems(plan.problems);
  const startedAt = world.now();
  await checkSource(plan, world);
  const targets = new Map(plan.targets.map((target) => [target.id, target]));
  const applying: Applying = { plan, world, targets, outcomes: [], gated: [], attached: new Map() };
  const gates = stepsOf(applying, "gate");
  await passSource(applying, gates);
  const passed = mustPassFirst(gates) ? await obtainPassed(applying, gates) : undefined;
  await prepareRepositories(applying);
  const publishing = await startPublishing(applying, (id) => mountFromOf(applying, id));
  const own = passed ?? (await obtainImage(applying, publishing.copying));
  await publishing.finish(own);
  if (!passed) await passLayout(applying, gates, own);
  const image = await settleImage(applying, own);
  const rootAt = await settleRoots(applying, image.root);
  await applyFixedTags(applying, rootAt);
  await applyFloatingTags(applying, rootAt);
  await attachReceipts(applying, image, { rootAt, startedAt });
  await each(applying, "put-lifecycle-policy", (step) => putPolicy(applying, step));
  await each(applying, "git-tag", (step) => gitTag(applying, step));
  await each(applying, "keep", async () => "kept");
  return receiptOf(applying, image, startedAt);
}

/** Claims the version; when another job was first with the same inputs, its image is the release's. */
async function settleImage(applying: Applying, own: PlannedImage): Promise<PlannedImage> {
  const digest = await claimVersion(applying, own.root);
  const claim = claimOf(applying);
  if (digest === own.root.digest || claim === undefined) return own;
  const { plan, world } = applying;
  const adopted = await imageFromRegistry(
    digest,
    targetOf(applying, claim.target),
    plan.image,
    world,
  );
  await publishAdopted(applying, adopted);
  return adopted;
}

function mountFromOf(applying: Applying, id: string): readonly string[] {
  return stepsOf(applying, "copy").find(({ target }) => target === id)?.mountFrom ?? [];
}

/** With a gate that can refuse no byte leaves, and no repository is made, before it has passed. */
async function obtainPassed(
  applying: Applying,
  gates: readonly StepOf<"gate">[],
): Promise<PlannedImage> {
  const image = await obtainImage(applying);
  await passLayout(applying, gates, image);
  return image;
}

async function obtainImage(
  applying: Applying,
  copying?: Publishing["copying"],
): Promise<PlannedImage> {
  const { plan, world } = applying;
  const { content } = plan;
  if (content.from === "build") return await buildImage(applying, copying);
  if (content.from === "layout") return await imageFromLayouts(plan, world);
  if (content.from === "layouts") return await imageFromGiven(content);
  const leftOut = plan.leftOut.find(({ id }) => id === content.target);
  const holder = leftOut ?? targetOf(applying, content.target);
  return await imageFromRegistry(content.digest, holder, plan.image, world);
}

async function putPolicy(applying: Applying, step: StepOf<"put-lifecycle-policy">) {
  const { ecr, id } = ecrAt(applying, step.target);
  if (await isInPlace(ecr, id, step.policy)) return "already" as const;
  await ecr.putLifecyclePolicy(id, formatPolicy(step.policy));
  return "done" as const;
}

/** Not to be allowed to read the policy is no reason not to put it. */
async function isInPlace(ecr: Ecr, id: RepositoryId, policy: LifecyclePolicy): Promise<boolean> {
  const asked = await answered(ecr.lifecyclePolicy(id));
  return !asked.denied && comparePolicy(policy, asked.answer ?? null).state === "same";
}

async function gitTag({ plan, world }: Applying, { name, push }: StepOf<"git-tag">) {
  try {
    await world.git.createTag(name, plan.source.commit);
    if (push) await world.git.pushTag(name);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, suggestions } = error;
    const published = `${plan.image} ${plan.version.value} is published everywhere; its git tag failed`;
    throw new SlipwayError(code, `${published}: ${message}`, { suggestions, cause: error });
  }
  return "done" as const;
}
