import type { ImageSummary } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import { highestOfLine, isFixed, isHeldBack, versionsOfTags } from "../planning/tags.ts";
import { summariesOf } from "../planning/unlisted.ts";
import { digestOfTag, rolledBackTags } from "../rolled-back.ts";
import { put, type Roots } from "./apply-tags.ts";
import { type Carrying, ecrAt, perform, type StepOf, stepsOf, targetOf } from "./steps.ts";

type TagStep = StepOf<"tag">;

/** Each round lost means that another job moved the tag in between. */
const rounds = 5;

/**
 * Moves the floating tags at every target. The registry has no compare-and-set, so each tag is decided
 * from the versions read just before, and after the write the versions are read again and the tag is
 * pointed at the highest of its line, until it stands there. Every job writes its version tag before it
 * comes here; so whichever comes last sees all versions and leaves the tags right. A tag that was rolled back stays.
 */
export async function applyFloatingTags(
  applying: Carrying,
  rootAt: Roots,
  plannedWith: "rollbacks" | "tags" = "rollbacks",
): Promise<void> {
  const steps = stepsOf(applying, "tag").filter((step) => !isFixed(step));
  const targets = Map.groupBy(steps, ({ target }) => target);
  await Promise.all(
    [...targets].map(async ([target, here]) => {
      const root = rootAt(target);
      const before = await lines(applying, target);
      const doubtful = here.filter((step) => before.mayBeHeld(step, root.digest, plannedWith));
      const held = await before.heldBack(doubtful);
      await Promise.all(
        here.map((step) =>
          perform(applying, step, async () => {
            const goal = before.goalOf(step);
            const newer = held.has(step) || (goal !== undefined && goal !== root.digest);
            const from = before.digestOf(step.tag) ?? null;
            return { state: newer ? "kept" : await put(applying, step, root), from };
          }),
        ),
      );
      await settle(applying, target, here);
    }),
  );
}

async function settle(
  applying: Carrying,
  target: string,
  steps: readonly TagStep[],
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const now = await lines(applying, target);
    const astray = steps.filter((step) => {
      const goal = now.goalOf(step);
      return goal !== undefined && goal !== now.digestOf(step.tag);
    });
    const held = await now.heldBack(astray);
    const wrong = astray.filter((step) => !held.has(step));
    if (wrong.length === 0) return;
    for (const step of wrong) await pointAt(applying, step, now.goalOf(step) as Digest);
    for (const step of wrong) overtaken(applying, step);
  }
  throw new SlipwayError(
    "TAGS_UNSETTLED",
    `${target}: floating tags were moved by others ${rounds} times in a row`,
    { suggestions: ["run the same command again once the other releases have ended"] },
  );
}

/** What a target's tags say now: where each floating tag is, and where its line's highest version is. */
async function lines(applying: Carrying, target: string) {
  const { plan } = applying;
  const images = await imagesAt(applying, target);
  const tags = images.flatMap((image) => image.tags);
  const versions = versionsOfTags(tags, plan.versionTemplates);
  const known = new Set([...versions.values()].map((tag) => digestOfTag(images, tag)));
  // Where only some tags were asked for, an image without a version may be a newer one's: it is let be.
  const isUnlisted = targetOf(applying, target).unlisted !== undefined;
  const isStrange = (now: Digest | undefined, from: Digest | null) =>
    isUnlisted && now !== undefined && now !== from && !known.has(now);
  const wantedOf = ({ tag }: TagStep) => plan.tags.filter((one) => one.tag === tag);
  const highestOf = (step: TagStep) =>
    wantedOf(step).map((wanted) => highestOfLine(wanted, versions.keys()))[0] ?? "";
  const digestOf = (tag: string | undefined) => digestOfTag(images, tag);
  const goalOf = (step: TagStep): Digest | undefined => {
    const now = digestOf(step.tag);
    return isStrange(now, step.from) ? now : digestOf(versions.get(highestOf(step)));
  };
  return {
    digestOf,
    goalOf,
    /** Whether a rollback may hold a tag that is to go to `root`, and the plan could not know it. */
    mayBeHeld(step: TagStep, root: Digest, plannedWith: "rollbacks" | "tags"): boolean {
      const now = digestOf(step.tag);
      const isKnown = plannedWith === "rollbacks" && now === step.from;
      return goalOf(step) === root && now !== undefined && now !== root && !isKnown;
    },
    /** Those of the steps whose tag a rollback holds where it is. */
    async heldBack(steps: readonly TagStep[]): Promise<ReadonlySet<TagStep>> {
      const { ecr, id } = ecrAt(applying, target);
      const seen = { images, versions };
      const held = await rolledBackTags(steps.flatMap(wantedOf), seen, (subject) =>
        ecr.referrers(id, subject),
      );
      const below = new Map(held.map(({ tag, newerThan }) => [tag, newerThan]));
      return new Set(steps.filter((step) => isHeldBack(highestOf(step), below.get(step.tag))));
    },
  };
}

/** All tagged images, or those under the tags that the plan asks for where they may not be listed. */
async function imagesAt(applying: Carrying, target: string): Promise<readonly ImageSummary[]> {
  const { ecr, id } = ecrAt(applying, target);
  const { unlisted } = targetOf(applying, target);
  if (unlisted === undefined) return await ecr.taggedImages(id);
  return summariesOf(
    await ecr.manifests(
      id,
      unlisted.map((tag) => ({ tag })),
    ),
  );
}

/** The record tells where the tag is, and not where it was for a moment. */
function overtaken({ outcomes }: Carrying, step: TagStep): void {
  const at = outcomes.findIndex((outcome) => outcome.step === step);
  const outcome = outcomes[at];
  if (outcome) outcomes[at] = { ...outcome, state: "kept" };
}

async function pointAt(applying: Carrying, step: TagStep, digest: Digest): Promise<void> {
  const { ecr, id } = ecrAt(applying, step.target);
  const [manifest] = await ecr.manifests(id, [{ digest }]);
  if (manifest) await put(applying, step, manifest);
}
