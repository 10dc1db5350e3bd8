import type { Ecr, ImageSummary, RepositoryId } from "../ecr/types.ts";
import type { Digest } from "../oci/reference.ts";
import type { TargetFacts } from "./observed.ts";
import { digestOfTag, knownVersions } from "./planning/subject.ts";
import {
  highestOfLine,
  isFixed,
  isHeldBack,
  renderVersion,
  type WantedTag,
} from "./planning/tags.ts";
import { compareVersions, parseVersion } from "./planning/version.ts";
import { type ReadRecord, readRecord, recordTypes } from "./receipt-artifact.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** A floating tag that stands where a rollback put it. Only a version newer than `newerThan` moves it again. */
export interface RolledBack {
  readonly tag: string;
  /** Absent where no tag of the repository named a version. */
  readonly newerThan?: string;
  /** The images that it was rolled back from. */
  readonly left: readonly Digest[];
}

/** Whether the rollback keeps its tag from an image; where no version is known it goes by the image itself. */
export function isHeld(
  { newerThan, left }: RolledBack,
  version: string,
  digest: Digest | undefined,
): boolean {
  if (newerThan !== undefined) return isHeldBack(version, newerThan);
  return digest !== undefined && left.includes(digest);
}

/** A repository's tags, and those of versions by version: also of one that is about to come, whose tag no image has yet. */
export interface TagsSeen {
  readonly images: readonly Pick<ImageSummary, "digest" | "tags">[];
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Which of these floating tags a rollback holds, when versions are about to come; nothing is asked about a tag that
 * is and stays where releases leave it.
 */
export async function rolledBackAt(
  { repository, account, images, request: target }: TargetFacts,
  tags: readonly WantedTag[],
  coming: readonly string[],
  request: Pick<Request, "image" | "tags">,
  { ecr }: Pick<World, "ecr">,
): Promise<RolledBack[]> {
  if (repository === null) return [];
  const id = { name: request.image, registryId: account };
  const versions = new Map([
    ...coming.map(
      (version) => [version, renderVersion(request.tags.version[0] ?? "", version)] as const,
    ),
    ...knownVersions(request, { images }),
  ]);
  const floating = tags.filter((wanted) => !isFixed(wanted));
  return await rolledBackTags(floating, { images, versions }, (subject) =>
    recordsAt(ecr(target), id, subject),
  );
}

/**
 * Which of these tags a rollback holds where they are. A rollback leaves its record at the image that it went
 * back to, which the tag itself keeps alive; so only images with a tag that is not at the highest version of its line
 * are asked about, and where all is as releases leave it, nothing is.
 */
export async function rolledBackTags(
  wanted: readonly WantedTag[],
  seen: TagsSeen,
  recordsOf: (subject: Digest) => Promise<readonly ReadRecord[]>,
): Promise<RolledBack[]> {
  const astray = tagsAstray(wanted, seen);
  const subjects = [...new Set(astray.map(({ digest }) => digest))];
  const records = new Map(
    await Promise.all(subjects.map(async (digest) => [digest, await recordsOf(digest)] as const)),
  );
  return astray.flatMap(({ tag, digest }) => {
    const own = rollbacksOf(tag, records.get(digest) ?? []);
    if (own.length === 0) return [];
    const newerThan = heldBelow(tag, own);
    const left = own.flatMap(({ moved }) => moved.filter((move) => move.tag === tag));
    return [
      { tag, left: left.map(({ from }) => from), ...(newerThan !== undefined && { newerThan }) },
    ];
  });
}

/**
 * The records at an image that tell of the repository it is in. A promotion and ECR's replication bring those of
 * other repositories along, where tags have a history of their own.
 */
export async function recordsAt(
  ecr: Pick<Ecr, "region" | "referrers">,
  id: Required<RepositoryId>,
  subject: Digest,
): Promise<ReadRecord[]> {
  const here = `${id.registryId}/${ecr.region}/${id.name}`;
  const records = (await ecr.referrers(id, subject)).flatMap((one) => readRecord(one) ?? []);
  return records.filter(({ repository }) => repository === here);
}

/** The highest version that the rollbacks of this tag hold it below. */
export function heldBelow(tag: string, records: readonly ReadRecord[]): string | undefined {
  const versions = rollbacksOf(tag, records).flatMap(
    ({ newerThan = "" }) => parseVersion(newerThan) ?? [],
  );
  return versions.sort(compareVersions).at(-1);
}

function rollbacksOf(tag: string, records: readonly ReadRecord[]): ReadRecord[] {
  return records.filter(
    ({ type, moved }) => type === recordTypes.rollback && moved.some((move) => move.tag === tag),
  );
}

function tagsAstray(wanted: readonly WantedTag[], { images, versions }: TagsSeen) {
  return wanted.flatMap((one) => {
    const digest = digestOfTag(images, one.tag);
    const highest = highestOfLine(one, versions.keys());
    const goal = highest === undefined ? undefined : digestOfTag(images, versions.get(highest));
    const isRight = digest === goal && one.kind !== "named"; // which has no line that says where it belongs
    return digest === undefined || isRight ? [] : [{ tag: one.tag, digest }];
  });
}
