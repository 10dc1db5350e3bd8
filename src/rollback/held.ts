import { digestOfTag } from "../release/planning/subject.ts";
import { compareVersions } from "../release/planning/version.ts";
import { type ReadRecord, recordTypes } from "../release/receipt-artifact.ts";
import { type Asked, latestFirst, placesAt, type RollbackFacts } from "./facts.ts";
import type { Place } from "./plan.ts";

/** A target where the tag stands where a rollback took it. */
export interface Held {
  readonly id: string;
  readonly place: Place;
  /** Where rollbacks took it from, the last one first. */
  readonly from: readonly [Place, ...Place[]];
  /** When the last one did, as ISO 8601. */
  readonly at: string;
}

/**
 * Whether the tag stands where a rollback took it back to: the last record that brought it to its image is a
 * rollback's. One that brought it forward again, up to the highest version that there was, is undone by another.
 */
export function heldAt(tag: string, asked: Asked, facts: RollbackFacts): Held | undefined {
  const at = digestOfTag(facts.target.images, tag);
  const rollbacks = facts.records
    .filter(({ moved }) => moved.some((move) => move.tag === tag))
    .sort(latestFirst);
  const [last] = rollbacks;
  if (at === undefined || last?.type !== recordTypes.rollback) return undefined;
  const placeOf = placesAt(tag, asked, facts);
  const place = placeOf(at);
  if (isForward(place, last)) return undefined;
  const [first, ...more] = rollbacks
    .filter(({ type }) => type === recordTypes.rollback)
    .flatMap(({ moved }) => moved.filter((move) => move.tag === tag))
    .map(({ from }) => placeOf(from));
  return first && { id: facts.target.id, place, from: [first, ...more], at: last.at };
}

function isForward({ versions }: Place, { newerThan }: ReadRecord): boolean {
  const highest = versions.at(-1);
  if (highest === undefined || newerThan === undefined) return false;
  return compareVersions(highest, newerThan) >= 0;
}
