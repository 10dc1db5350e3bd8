import type { ImageSummary } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { askWhileLagging } from "../../oci/lag.ts";
import type { Digest } from "../../oci/reference.ts";
import { digestOfTag } from "../planning/subject.ts";
import {
  highestOfLine,
  isFixed,
  renderVersion,
  versionsOfTags,
  type WantedTag,
} from "../planning/tags.ts";
import { askedFor, summariesOf } from "../planning/unlisted.ts";
import { isHeld, recordsAt, rolledBackTags } from "../rolled-back.ts";
import { inPlanOrder } from "./receipt-of.ts";
import { type Carrying, ecrAt, type StepOf, targetOf } from "./steps.ts";

export type Images = readonly ImageSummary[];

/**
 * What a target's tags say now: where each floating tag is, and where its line's highest version is. Fixed tags that
 * were written are among them, and as long as that is seen, nothing `isBehind`.
 */
export async function lines(
  applying: Carrying,
  target: string,
  isBehind: (images: Images) => boolean = () => false,
) {
  const { root, tags } = applying.plan;
  const images = await shownAt(applying, target, isBehind);
  const versions = versionsSeen(applying.plan, images);
  const digestOf = lookUpIn(images);
  const known = new Set([...versions.values()].map(digestOf));
  // Where only some tags were asked for, an image without a version may be a newer one's: it is let be.
  const isUnlisted = targetOf(applying, target).unlisted !== undefined;
  const isStrange = (now: Digest | undefined, from: Digest | null) =>
    isUnlisted && now !== undefined && now !== from && !known.has(now);
  const wantedOf = ({ tag }: StepOf<"tag">) => tags.filter((one) => one.tag === tag);
  const highest = highestOfLines(tags, versions);
  const highestOf = (step: StepOf<"tag">) => highest.get(step.tag) ?? "";
  const goalOf = (step: StepOf<"tag">): Digest | undefined => {
    const now = digestOf(step.tag);
    if (isStrange(now, step.from)) return now;
    const version = highestOf(step);
    return (
      digestOf(versions.get(version)) ??
      (root?.versions.includes(version) ? root.digest : undefined)
    );
  };
  return {
    digestOf,
    goalOf,
    /**
     * Whether a rollback since the plan may hold a tag that is to go to `root`: also one that brought it back to where it
     * was then, or left it there.
     */
    mayBeHeld(step: StepOf<"tag">, root: Digest): boolean {
      const now = digestOf(step.tag);
      return goalOf(step) === root && now !== undefined && now !== root;
    },
    /** Those of the steps whose tag a rollback holds where it is. */
    async heldBack(steps: readonly StepOf<"tag">[]): Promise<ReadonlySet<StepOf<"tag">>> {
      const { ecr, id } = ecrAt(applying, target);
      const seen = { images, versions };
      const held = await rolledBackTags(steps.flatMap(wantedOf), seen, (subject) =>
        recordsAt(ecr, id, subject),
      );
      const holds = new Map(held.map((hold) => [hold.tag, hold]));
      return new Set(
        steps.filter((step) => {
          const hold = holds.get(step.tag);
          return hold !== undefined && isHeld(hold, highestOf(step), goalOf(step));
        }),
      );
    },
  };
}

/** The highest version of each floating tag's line, found once: every one of them looks at all versions. */
function highestOfLines(
  tags: readonly WantedTag[],
  versions: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | undefined> {
  const floating = tags.filter((one) => !isFixed(one));
  return new Map(floating.map((one) => [one.tag, highestOfLine(one, versions.keys())]));
}

/** The image that a tag is on. There may be tens of thousands of tags, and each is looked up. */
function lookUpIn(images: Images): (tag: string | undefined) => Digest | undefined {
  const digests = new Map(
    images.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest] as const)),
  );
  return (tag = "") => digests.get(tag);
}

/** Each version with its tag, those of the plan's own image too where it has none. */
function versionsSeen(
  { root, versionTemplates }: Carrying["plan"],
  images: readonly ImageSummary[],
): Map<string, string> {
  const tags = images.flatMap((image) => image.tags);
  const [template = ""] = versionTemplates;
  const own = (root?.versions ?? []).map(
    (version) => [version, renderVersion(template, version)] as const,
  );
  return new Map([...own, ...versionsOfTags(tags, versionTemplates)]);
}

/** A version that is not shown would be no version of its line: a tag of that line would stay behind. */
async function shownAt(
  applying: Carrying,
  target: string,
  isBehind: (images: Images) => boolean,
): Promise<Images> {
  const written = fixedTagsAt(applying, target);
  const hidden = (images: Images) => written.find((tag) => digestOfTag(images, tag) === undefined);
  const images = await askWhileLagging(
    () => imagesAt(applying, target),
    (images) => hidden(images) !== undefined || isBehind(images),
    applying.world.signal,
  );
  const tag = hidden(images);
  if (tag === undefined) return images;
  throw new SlipwayError(
    "TAGS_UNSETTLED",
    `${target}: ECR does not show ${tag}, which was written`,
    {
      suggestions: ["run the same command again"],
    },
  );
}

/** The fixed tags that this run wrote or found, as far as they are asked for. */
function fixedTagsAt(applying: Carrying, target: string): string[] {
  const { unlisted } = targetOf(applying, target);
  return inPlanOrder(applying)
    .flatMap(({ step }) =>
      step.action === "tag" && step.target === target && isFixed(step) ? [step.tag] : [],
    )
    .filter((tag) => unlisted?.includes(tag) ?? true);
}

/** All tagged images, or those under the tags that the plan asks for where they may not be listed. */
async function imagesAt(applying: Carrying, target: string): Promise<Images> {
  const { ecr, id } = ecrAt(applying, target);
  const { unlisted } = targetOf(applying, target);
  if (unlisted === undefined) return await ecr.taggedImages(id);
  return summariesOf(await ecr.manifests(id, askedFor(unlisted, applying.plan.tags)));
}
