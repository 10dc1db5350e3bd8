import type { FoundManifest } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { askWhileLagging } from "../../oci/lag.ts";
import type { Digest } from "../../oci/reference.ts";
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
 * Writes the claim and answers with the digest that the version has from now on: ours, or that of
 * another job that was first with the same inputs. Nothing else has been tagged by then.
 * Throws VERSION_TAKEN when the version went to other content meanwhile.
 */
export async function claimVersion(applying: Applying, root: FoundManifest): Promise<Digest> {
  const step = claimOf(applying);
  if (step === undefined) return root.digest;
  let digest = root.digest;
  await perform(applying, step, async () => {
    const holder = (await holderOf(applying, step)) ?? (await take(applying, step, root));
    if (holder === undefined) return "done";
    digest = adopted(applying, step, holder, root);
    return "already";
  });
  return digest;
}

/** `undefined` when the tag is ours now; else who has it. */
async function take(applying: Applying, step: StepOf<"tag">, root: FoundManifest) {
  const { ecr, id } = ecrAt(applying, step.target);
  try {
    await ecr.tag(id, step.tag, root);
    return undefined;
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === "TAG_IMMUTABLE")) throw error;
    const holder = await holderOf(applying, step, true);
    if (holder === undefined) throw error;
    return holder;
  }
}

/** A tag that is known to be `taken` may not be shown yet. */
async function holderOf(applying: Applying, { tag, target }: StepOf<"tag">, taken = false) {
  const { ecr, id } = ecrAt(applying, target);
  const [found] = await askWhileLagging(
    () => ecr.manifests(id, [{ tag }]),
    ({ length }) => taken && length === 0,
    applying.world.signal,
  );
  return found;
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
  const annotations = annotationsOf(holder);
  const { commit: revision, inputs: digest } = plan.source;
  const ours = whose(annotations, { revision, digest }) === "ours";
  if (ours && !isBound(plan)) return holder.digest;
  if (ours && runsTheSame(runnableOf(holder), runnableOf(root))) return root.digest;
  throw new SlipwayError(
    "VERSION_TAKEN",
    `${target}: tag ${tag} went to ${holder.digest} meanwhile, built from commit ${annotations[revisionAnnotation] ?? "unknown"}, and not to ${root.digest}`,
    { suggestions: ["release another version; nothing was tagged by this run"] },
  );
}

/** Whether some target bears the image under a version or commit tag. */
function isBound({ tags, expects }: Plan): boolean {
  const fixed = new Set(tags.filter(isFixed).map(({ tag }) => tag));
  return expects.some(({ tag, digest }) => digest !== null && fixed.has(tag));
}
