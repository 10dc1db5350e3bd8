import type { FoundManifest, ImageId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Plan, PlanTarget } from "../plan.ts";
import { runnableOf, runsTheSame } from "../planning/same-image.ts";
import { isFixed } from "../planning/tags.ts";
import type { World } from "../world.ts";
import type { Roots } from "./apply-tags.ts";
import type { Applying } from "./steps.ts";

/** What a target answered: how it differs from the plan, and what the release's tags point to there. */
interface Settled {
  readonly differences: readonly string[];
  readonly root: FoundManifest;
}

/**
 * Asks again for the tags that the plan would write, just before they are written. Each must be as
 * observed, or already where the plan takes it: so a plan can be applied again after a death. A target whose
 * version tag is on the same image with other attestations keeps that. Throws PLAN_STALE with every difference.
 */
export async function settleRoots(applying: Applying, image: FoundManifest): Promise<Roots> {
  const { plan, targets, world } = applying;
  const roots = new Map<string, FoundManifest>();
  const settled = await Promise.all(
    plan.targets.map(async (target) => {
      const { root, differences } = await settle(plan, target, image, world);
      roots.set(target.id, root);
      const now = targets.get(target.id) ?? target;
      if (root.digest !== image.digest) targets.set(target.id, { ...now, digest: root.digest });
      return differences;
    }),
  );
  const all = settled.flat();
  if (all.length === 0) return (target) => roots.get(target) ?? image;
  throw new SlipwayError(
    "PLAN_STALE",
    `the plan is stale:\n${all.map((line) => `  ${line}`).join("\n")}`,
    {
      suggestions: ["plan again: slipway plan"],
    },
  );
}

async function settle(
  plan: Plan,
  target: PlanTarget,
  image: FoundManifest,
  world: World,
): Promise<Settled> {
  const steps = plan.steps.flatMap((step) =>
    step.action === "tag" && step.target === target.id ? [step] : [],
  );
  const tags = steps.filter(isFixed).map(({ tag }) => tag);
  const own = target.digest !== undefined && steps.length > 0 ? [{ digest: target.digest }] : [];
  const found = await ask([...own, ...tags.map((tag) => ({ tag }))], plan, target, world);
  const isImage = (manifest: FoundManifest) =>
    manifest.digest === image.digest || runsTheSame(runnableOf(manifest), runnableOf(image));
  const isSame = found.filter(isImage);
  const differences = plan.expects.flatMap(({ tag, target: id, digest: seen }) => {
    if (id !== target.id || !tags.includes(tag)) return [];
    const now = found.find((manifest) => manifest.tag === tag);
    if ((now?.digest ?? null) === seen || (now && isSame.includes(now))) return [];
    return [`${id}: tag ${tag} was ${seen ?? "free"} and is now ${now?.digest ?? "gone"}`];
  });
  return { differences, root: isSame[0] ?? image };
}

/** The manifests that are there, in the order of the question. */
async function ask(
  wanted: readonly ImageId[],
  { image }: Plan,
  { request, account }: PlanTarget,
  { ecr }: World,
): Promise<FoundManifest[]> {
  if (wanted.length === 0) return [];
  const found = await ecr(request).manifests({ name: image, registryId: account }, wanted);
  return wanted.flatMap((id) => {
    const one = found.find((manifest) =>
      "tag" in id ? manifest.tag === id.tag : manifest.digest === id.digest,
    );
    return one ? [one] : [];
  });
}
