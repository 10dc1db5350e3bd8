import type { Ecr, FoundManifest, RepositoryId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { askWhileLagging } from "../../oci/lag.ts";
import type { Digest } from "../../oci/reference.ts";
import { whyUnreached } from "../only-target.ts";
import type { Plan } from "../plan.ts";
import { annotationsOf, revisionAnnotation, whose } from "../planning/identity.ts";
import { runnableOf, runsTheSame } from "../planning/same-image.ts";
import { isFixed } from "../planning/tags.ts";
import { type Applying, ecrAt, perform, type StepOf, stepsOf } from "./steps.ts";

/** The first version tag of the plan, at its first target: where a race between two jobs is decided. */
export function claimOf(applying: Applying): StepOf<"tag"> | undefined {
  return stepsOf(applying, "tag").find(({ kind }) => kind === "version");
}

/**
 * The fixed tags at the claim's target that decide races, in the order in which they are written. The commit's tag
 * is written first, because two versions of one commit share it: a version tagged before it, on another image, could never
 * be finished.
 */
export function claimsOf(applying: Applying): readonly StepOf<"tag">[] {
  const version = claimOf(applying);
  if (version === undefined) return [];
  const commits = stepsOf(applying, "tag").filter(
    ({ kind, target }) => kind === "commit" && target === version.target,
  );
  return [...commits, version];
}

/** The image that the version has: ours, or that of another job that was first with the same inputs. */
export interface Claim {
  readonly digest: Digest;
  /** Not where some tag is on the other job's image: that is brought to every target before the others are claimed. */
  readonly isClaimed: boolean;
}

/**
 * Writes the claims. Nothing else has been tagged by then. Throws VERSION_TAKEN when another job has put the version
 * on other content, PLAN_STALE when it has done so with the commit's tag.
 */
export async function claimVersion(applying: Applying, root: FoundManifest): Promise<Claim> {
  const version = claimOf(applying);
  if (version === undefined) return { digest: root.digest, isClaimed: true };
  await lookAtLeftOut(applying, version.tag, root);
  const held = await fixedHolders(applying, version);
  const [first] = held;
  const known = first ? adopted(applying, version, first, root) : root.digest;
  if (known !== root.digest) return { digest: known, isClaimed: false };
  // Where the target keeps its own, the same to run, all of its tags are on that.
  const here = first ?? root;
  for (const step of claimsOf(applying)) {
    const holder = held.find(({ tag }) => tag === step.tag);
    const digest = await claim(applying, step, holder, here);
    if (digest !== here.digest) return { digest, isClaimed: false };
  }
  return { digest: root.digest, isClaimed: true };
}

/** Writes one of the claims, where an earlier round did not; answers with the digest that it has. */
async function claim(
  applying: Applying,
  step: StepOf<"tag">,
  held: FoundManifest | undefined,
  root: FoundManifest,
): Promise<Digest> {
  let digest = root.digest;
  if (applying.outcomes.some((outcome) => outcome.step === step)) return digest;
  await perform(applying, step, async () => {
    const holder = held ?? (await take(applying, step, root));
    if (holder === undefined) return "done";
    digest = adopted(applying, step, holder, root);
    return "already";
  });
  return digest;
}

/** The images that hold the plan's fixed tags at the claim's target. The version's comes first: it decides before the commit's. */
async function fixedHolders(applying: Applying, { tag, target }: StepOf<"tag">) {
  const { ecr, id } = ecrAt(applying, target);
  const fixed = stepsOf(applying, "tag").filter((step) => isFixed(step) && step.target === target);
  const tags = [tag, ...fixed.map((step) => step.tag).filter((other) => other !== tag)];
  const found = await ecr.manifests(
    id,
    tags.map((name) => ({ tag: name })),
  );
  return tags.flatMap((name) => found.filter((holder) => holder.tag === name));
}

/**
 * Another job may release the version at the targets that are left out here, and the two jobs share no claim. So those
 * that answer are asked for the version once more, after the build. Throws VERSION_TAKEN, or PLAN_STALE where a new plan takes
 * its image.
 */
async function lookAtLeftOut(applying: Applying, tag: string, root: FoundManifest): Promise<void> {
  const { plan, world } = applying;
  await Promise.all(
    plan.leftOut.map(async ({ id, account, request }) => {
      const asked = { name: plan.image, registryId: account };
      const holder = await holderOf(tag, world.ecr(request), asked).catch((error) => {
        whyUnreached(error);
        return undefined;
      });
      if (holder === undefined || runsTheSame(runnableOf(holder), runnableOf(root))) return;
      if (!isOurs(holder, plan)) throw takenAt(applying, id, holder, root);
      throw new SlipwayError(
        "PLAN_STALE",
        `${id}: tag ${tag} is now on ${holder.digest}, built from the same inputs; this run's image is ${root.digest}${untagged(applying)}`,
        { suggestions: ["run the same command again: it takes that image"] },
      );
    }),
  );
}

/** `undefined` when the tag is ours now; else who has it. */
async function take(applying: Applying, step: StepOf<"tag">, root: FoundManifest) {
  const { ecr, id } = ecrAt(applying, step.target);
  try {
    await ecr.tag(id, step.tag, root);
    return undefined;
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === "TAG_IMMUTABLE")) throw error;
    const holder = await askWhileLagging(
      () => holderOf(step.tag, ecr, id),
      (found) => found === undefined,
      applying.world.signal,
    );
    if (holder === undefined) throw error;
    return holder;
  }
}

async function holderOf(tag: string, ecr: Ecr, id: RepositoryId) {
  const [holder] = await ecr.manifests(id, [{ tag }]);
  return holder;
}

/**
 * The image of another job takes the place of ours, unless a target of the plan already has ours under a fixed tag. Then
 * the two must run the same, and each target keeps its own.
 */
function adopted(
  applying: Applying,
  { tag, kind, target }: StepOf<"tag">,
  holder: FoundManifest,
  root: FoundManifest,
): Digest {
  const { plan } = applying;
  if (holder.digest === root.digest) return root.digest;
  const ours = isOurs(holder, plan);
  if (ours && !isBound(plan)) return holder.digest;
  if (ours && runsTheSame(runnableOf(holder), runnableOf(root))) return root.digest;
  if (kind === "version" && holder.tag === tag) throw takenAt(applying, target, holder, root);
  throw new SlipwayError(
    "PLAN_STALE",
    `${target}: tag ${holder.tag} is now on ${holder.digest}; this run's image is ${root.digest}${untagged(applying)}`,
    { suggestions: ["plan again: slipway plan"] },
  );
}

function isOurs(holder: FoundManifest, { source }: Plan): boolean {
  const inputs = { revision: source.commit, digest: source.inputs };
  return whose(annotationsOf(holder), inputs) === "ours";
}

function takenAt(applying: Applying, target: string, holder: FoundManifest, root: FoundManifest) {
  const commit = annotationsOf(holder)[revisionAnnotation] ?? "unknown";
  return new SlipwayError(
    "VERSION_TAKEN",
    `${target}: tag ${holder.tag} is now on ${holder.digest}, built from commit ${commit}; this run's image is ${root.digest}${untagged(applying)}`,
    { suggestions: ["release another version"] },
  );
}

/** Not said once a tag is written: other images of the run may be tagged, or this one's commit just before its version was lost. */
function untagged({ plan, outcomes }: Applying): string {
  const isTagged = outcomes.some(({ step }) => step.action === "tag");
  return isTagged ? "" : `; no tag of ${plan.image} was written by this run`;
}

/** Whether some target bears the image under a version or commit tag. */
function isBound({ tags, expects }: Plan): boolean {
  const fixed = new Set(tags.filter(isFixed).map(({ tag }) => tag));
  return expects.some(({ tag, digest }) => digest !== null && fixed.has(tag));
}
