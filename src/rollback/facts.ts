import { type Digest, isBeginning, isDigest } from "../oci/reference.ts";
import type { TargetFacts } from "../release/observed.ts";
import { digestOfTag, knownVersions } from "../release/planning/subject.ts";
import { highestOfLine, renderVersion, type WantedTag } from "../release/planning/tags.ts";
import { compareVersions, parseVersion } from "../release/planning/version.ts";
import type { Receipt } from "../release/receipt.ts";
import { type ReadRecord, recordTypes } from "../release/receipt-artifact.ts";
import type { Request } from "../release/request.ts";
import type { Place } from "./plan.ts";

/** What was asked for. */
export interface RollbackRequest {
  readonly tag: string;
  /** `beginning` is that of a digest. */
  readonly to?:
    | { readonly version: string }
    | { readonly digest: Digest }
    | { readonly beginning: string };
  readonly receipts: readonly Pick<Receipt, "image" | "version" | "targets">[];
}

/** `--to` as it is written: a digest, its beginning or a version; `undefined` when it is none of these. */
export function destinationOf(text: string): RollbackRequest["to"] {
  if (isDigest(text)) return { digest: text };
  if (isBeginning(text)) return { beginning: text };
  const version = parseVersion(text);
  return version === undefined ? undefined : { version };
}

/** What was seen at one target. */
export interface RollbackFacts {
  readonly target: TargetFacts;
  /** The records at the image that the tag is on. */
  readonly records: readonly ReadRecord[];
  /** The text of the lifecycle policy in place; absent where there is none, or it may not be read. */
  readonly policy?: string;
  /** What the target lacks of the image that the tag would go to; absent until that is known. */
  readonly missing?: readonly string[];
}

/** Who says where the tag was before. */
export interface Source {
  readonly from: Digest;
  readonly says: string;
}

export type Asked = Pick<Request, "image" | "tags">;

/** The floating tag's line, by the template that gives this tag for a known version; none for a tag of no template. */
export function lineOf(
  tag: string,
  { tags }: Asked,
  versions: Iterable<string>,
): WantedTag | undefined {
  const all = [...versions];
  for (const kind of ["floating", "channel"] as const) {
    for (const template of tags[kind]) {
      const wanted = { tag, kind, template };
      const gives = all.some((version) => renderVersion(template, version) === tag);
      if (gives && highestOfLine(wanted, all) !== undefined) return wanted;
    }
  }
  return undefined;
}

/** The versions of the tag's line at a target; all of them for a tag of no template. The newest first. */
export function versionsOfLine(tag: string, asked: Asked, { target }: RollbackFacts): string[] {
  const known = [...knownVersions(asked, target).keys()];
  return ofLine(lineOf(tag, asked, known), known)
    .sort(compareVersions)
    .reverse();
}

function ofLine(line: WantedTag | undefined, versions: readonly string[]): string[] {
  return versions.filter(
    (version) => line === undefined || highestOfLine(line, [version]) === version,
  );
}

/**
 * An image and its versions, lowest first. One image may be `1.4.0` and `2.0.0-rc.1`: the tag `1` is on it as the former
 * alone, and goes back to it by that name. Who asks about the images of many records reads the tags of all once.
 */
export function placesAt(
  tag: string,
  asked: Asked,
  { target }: RollbackFacts,
): (digest: Digest) => Place {
  const line = lineOf(tag, asked, knownVersions(asked, target).keys());
  return (digest) => {
    const images = target.images.filter((image) => image.digest === digest);
    const versions = [...knownVersions(asked, { images }).keys()].sort(compareVersions);
    const own = ofLine(line, versions);
    return { digest, versions: own.length > 0 ? own : versions };
  };
}

/** Two targets may have the same version with other attestations: then its digests differ. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.digest === b.digest || a.versions.some((version) => b.versions.includes(version));
}

/** The image that has the version's tag at this target. */
export function digestOfVersion(
  version: string,
  asked: Asked,
  { target }: RollbackFacts,
): Digest | undefined {
  return digestOfTag(target.images, knownVersions(asked, target).get(version));
}

/** The versions of a target, each with its image: who asks about thousands of them reads the tags once. */
export function digestsOfVersions(
  asked: Asked,
  { target: { images } }: RollbackFacts,
): ReadonlyMap<string, Digest> {
  return new Map(
    images.flatMap((image) =>
      [...knownVersions(asked, { images: [image] }).keys()].map(
        (version) => [version, image.digest] as const,
      ),
    ),
  );
}

/** What every target has and the tag is not on everywhere. */
export function candidatesOf(tag: string, asked: Asked, seen: readonly RollbackFacts[]): string[] {
  const [first] = seen;
  if (first === undefined) return [];
  const places = seen.map((facts) => ({
    versions: digestsOfVersions(asked, facts),
    at: digestOfTag(facts.target.images, tag),
  }));
  return versionsOfLine(tag, asked, first).filter(
    (version) =>
      places.every(({ versions }) => versions.has(version)) &&
      !places.every(({ versions, at }) => versions.get(version) === at),
  );
}

/** What the records at the image and the receipts from files say of where the tag was before it came to `at`; of records the latest first. */
export function sourcesOf(
  { tag, receipts }: RollbackRequest,
  at: Digest,
  { target, records }: RollbackFacts,
): Source[] {
  const atImage = records.toSorted(latestFirst).flatMap(({ moved, type, at: when }) => {
    const kind = type === recordTypes.rollback ? "rollback" : "receipt";
    const says = `the ${kind} of ${minuteOf(when)}`;
    return moved.flatMap((move) => (move.tag === tag ? [{ from: move.from, says }] : []));
  });
  const inFiles = receipts.flatMap(({ version, targets }) =>
    targets
      .filter(({ id }) => id === target.id)
      .flatMap(({ tags }) => tags)
      .flatMap((move) =>
        move.tag === tag && move.to === at && move.from !== null
          ? [{ from: move.from, says: `the receipt of ${version}` }]
          : [],
      ),
  );
  return [...atImage, ...inFiles].filter(({ from }) => from !== at);
}

/** The latest first; of two of the same moment the rollback, which had an image to go back from. */
export function latestFirst(a: ReadRecord, b: ReadRecord): number {
  const isRollback = ({ type }: ReadRecord) => Number(type === recordTypes.rollback);
  return Date.parse(b.at) - Date.parse(a.at) || isRollback(b) - isRollback(a);
}

const mostCandidates = 8;

/** `1.5.0, 1.4.0`; no more than a line holds. */
export function someOf(versions: readonly string[]): string {
  const more = versions.length > mostCandidates ? " …" : "";
  return `${versions.slice(0, mostCandidates).join(", ")}${more}`;
}

/** `1.4.0`, or the digest where no version has it. */
export function placeName({ digest, versions }: Place): string {
  return versions.at(-1) ?? digest;
}

/** `2026-11-21 10:02 UTC` from an ISO time. */
export function minuteOf(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
