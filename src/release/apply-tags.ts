import type { Ecr, FoundManifest, RepositoryId } from "../ecr/types.ts";
import { type Applying, perform, type StepOf, targetOf } from "./applying.ts";
import type { StepOutcome } from "./receipt.ts";
import { decideFloating, versionsOfTags } from "./tags.ts";

/**
 * Version and commit tags at every target, and only then floating tags. Floating tags are decided once
 * more from the versions that the registry has by now, for another release may have come between.
 */
export async function applyTags(applying: Applying, root: FoundManifest): Promise<void> {
  const steps = applying.plan.steps.filter((step): step is StepOf<"tag"> => step.action === "tag");
  const fixed = steps.filter(({ kind }) => kind === "version" || kind === "commit");
  const moving = steps.filter((step) => !fixed.includes(step));
  await atEachTarget(applying, fixed, (step, ecr, id) => put(step, ecr, id, root));
  await atEachTarget(applying, moving, async (step, ecr, id) => {
    const newer = await isOvertaken(applying, step, ecr, id);
    return newer ? "kept" : await put(step, ecr, id, root);
  });
}

type TagStep = StepOf<"tag">;

/** Targets side by side, the tags of one in order: ECR takes ten PutImage a second. */
async function atEachTarget(
  applying: Applying,
  steps: readonly TagStep[],
  work: (step: TagStep, ecr: Ecr, id: RepositoryId) => Promise<StepOutcome["state"]>,
): Promise<void> {
  const targets = [...new Set(steps.map(({ target }) => target))];
  await Promise.all(
    targets.map(async (name) => {
      const { request, account } = targetOf(applying, name);
      const ecr = applying.world.ecr(request);
      const id = { name: applying.plan.image, registryId: account };
      for (const step of steps.filter(({ target }) => target === name)) {
        await perform(applying, step, () => work(step, ecr, id));
      }
    }),
  );
}

async function put({ tag }: TagStep, ecr: Ecr, id: RepositoryId, root: FoundManifest) {
  const state = await ecr.tag(id, tag, root);
  return state === "tagged" ? "done" : "already";
}

async function isOvertaken(
  { plan }: Applying,
  step: TagStep,
  ecr: Ecr,
  id: RepositoryId,
): Promise<boolean> {
  const wanted = plan.tags.find(({ tag }) => tag === step.tag);
  if (wanted === undefined) return false;
  const images = await ecr.taggedImages(id);
  const versions = versionsOfTags(
    images.flatMap(({ tags }) => tags),
    plan.versionTemplates,
  );
  return !decideFloating(wanted, plan.version.value, versions.keys()).move;
}
