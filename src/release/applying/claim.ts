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

/** The image that the version has: ours, or that of another job that was first with the same inputs. */
export interface Claim {
  readonly digest: Digest;
  /** Not where the commit's tag is on the other job's image: that is brought to every target before it is claimed. */
  readonly isClaimed: boolean;
}

/**
 * Writes the claim. Nothing else has been tagged by then. Throws VERSION_TAKEN when the version went to other content
 * meanwhile, PLAN_STALE when the commit's tag did.
 */
export async function claimVersion(applying: Applying, root: FoundManifest): Promise<Claim> {
  const step = claimOf(applying);
  if (step === undefined) return { digest: root.digest, isClaimed: true };
  await lookAtLeftOut(applying, step.tag, root);
  const [held] = await fixedHolders(applying, step);
  const digest = held ? adopted(applying, step, held, root) : root.digest;
  if (digest !== root.digest && held?.tag !== step.tag) return { digest, isClaimed: false };
  return { digest: await claim(applying, step, held, root), isClaimed: true };
}

async function claim(
  applying: Applying,
  step: StepOf<"tag">,
  held: FoundManifest | undefined,
  root: FoundManifest,
): Promise<Digest> {
  let digest = root.digest;
  await perform(applying, step, async () => {
    const holder = held?.tag === step.tag ? held : await take(applying, step, root);
    if (holder === undefined) return "done";
    digest = adopted(applying, step, holder, root);
    return "already";
  });
  return digest;
}

/** Who has the fixed tags of the plan at the claim's target: the version's own first, for what it is counts before what the commit is. */
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
 * Where targets are left out, another job may release the version there, and no claim is common to both: it is looked
 * for once more, after the build, where they answer. Throws VERSION_TAKEN, or PLAN_STALE where a new plan takes its image.
 */
async function lookAtLeftOut(
  { plan, world }: Applying,
  tag: string,
  root: FoundManifest,
): Promise<void> {
  await Promise.all(
    plan.leftOut.map(async ({ id, account, request }) => {
      const asked = { name: plan.image, registryId: account };
      const holder = await holderOf(tag, world.ecr(request), asked).catch((error) => {
        whyUnreached(error);
        return undefined;
      });
      if (holder === undefined || runsTheSame(runnableOf(holder), runnableOf(root))) return;
      if (!isOurs(holder, plan)) throw takenAt(id, tag, holder, root);
      throw new SlipwayError(
        "PLAN_STALE",
        `${id}: tag ${tag} went to ${holder.digest} meanwhile, built from the same inputs, and not to ${root.digest}`,
        { suggestions: ["run the same command again: it takes that image; nothing was tagged"] },
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
 * The image of another job takes the place of ours. Where a target of the plan already bears ours it cannot: there
 * the other one must run the same, and each target keeps its own.
 */
function adopted(
  { plan }: Applying,
  { tag, target }: StepOf<"tag">,
  holder: FoundManifest,
  root: FoundManifest,
): Digest {
  if (holder.digest === root.digest) return root.digest;
  const ours = isOurs(holder, plan);
  if (ours && !isBound(plan)) return holder.digest;
  if (ours && runsTheSame(runnableOf(holder), runnableOf(root))) return root.digest;
  if (holder.tag === tag) throw takenAt(target, tag, holder, root);
  throw new SlipwayError(
    "PLAN_STALE",
    `${target}: tag ${holder.tag} went to ${holder.digest} meanwhile, and not to ${root.digest}`,
    { suggestions: ["nothing was tagged by this run; plan again: slipway plan"] },
  );
}

function isOurs(holder: FoundManifest, { source }: Plan): boolean {
  const inputs = { revision: source.commit, digest: source.inputs };
  return whose(annotationsOf(holder), inputs) === "ours";
}

function takenAt(target: string, tag: string, holder: FoundManifest, root: FoundManifest) {
  const commit = annotationsOf(holder)[revisionAnnotation] ?? "unknown";
  return new SlipwayError(
    "VERSION_TAKEN",
    `${target}: tag ${tag} went to ${holder.digest} meanwhile, built from commit ${commit}, and not to ${root.digest}`,
    { suggestions: ["release another version; nothing was tagged by this run"] },
  );
}

/** Whether some target bears the image under a version or commit tag. */
function isBound({ tags, expects }: Plan): boolean {
  const fixed = new Set(tags.filter(isFixed).map(({ tag }) => tag));
  return expects.some(({ tag, digest }) => digest !== null && fixed.has(tag));
}
