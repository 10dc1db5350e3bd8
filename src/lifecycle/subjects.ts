import type { LifecycleImage } from "./image.ts";
import { type Departure, isDeparture, type Verdict } from "./verdict.ts";

/** What decides beside the verdicts of a referrer and its subject. */
interface Around {
  /** The indexes that list an image. */
  readonly listing: ReadonlyMap<string, readonly string[]>;
  /** What each rule does, by its priority. */
  readonly departures: ReadonlyMap<number, Departure>;
}

/**
 * A referrer shares its subject's fate unless its own rules take it earlier, and what refers to it goes with
 * it. One that an index lists stays as long as the index does; one that is in the archive is not archived again.
 */
export function followSubjects(
  images: readonly LifecycleImage[],
  around: Around,
  verdicts: Map<string, Verdict>,
): void {
  const referrers = new Map(
    images
      .filter(({ digest, subject }) => subject !== undefined && !around.listing.has(digest))
      .map((image) => [image.digest, image]),
  );
  /** How those will go whose time a subject sets. */
  const ends = new Map<string, Departure | undefined>();
  for (const referrer of subjectsFirst(referrers)) {
    const subject = verdicts.get(referrer.subject ?? "");
    const own = verdicts.get(referrer.digest);
    if (!own || !subject) continue;
    const end = ends.get(subject.digest) ?? endOf(subject, around);
    const verdict = follow(referrer, own, { verdict: subject, end }, around);
    verdicts.set(referrer.digest, verdict);
    if ("with" in verdict) ends.set(referrer.digest, end);
  }
}

/** Each referrer once, after those that it refers to; where they refer to each other in a circle, one of them is first. */
function* subjectsFirst(referrers: ReadonlyMap<string, LifecycleImage>): Iterable<LifecycleImage> {
  const settled = new Set<LifecycleImage>();
  for (const referrer of referrers.values()) {
    const chain: LifecycleImage[] = [];
    let at: LifecycleImage | undefined = referrer;
    while (at !== undefined && !settled.has(at)) {
      settled.add(at);
      chain.push(at);
      at = referrers.get(at.subject ?? "");
    }
    yield* chain.toReversed();
  }
}

/** How an image goes when its time has come. */
function endOf(verdict: Verdict, { departures }: Around): Departure | undefined {
  return "rule" in verdict ? departures.get(verdict.rule) : undefined;
}

interface Subject {
  readonly verdict: Verdict;
  readonly end: Departure | undefined;
}

function follow(
  { digest, status }: LifecycleImage,
  own: Verdict,
  { verdict: subject, end }: Subject,
  { listing }: Around,
): Verdict {
  const isArchived = status === "archived";
  if (isDeparture(subject)) {
    const { fate, since } = subject;
    if (!isMilder(own, fate, isArchived)) return own;
    return { digest, fate, because: "subject", subject: subject.digest, since };
  }
  if (own.fate !== "kept" || subject.fate !== "kept" || listing.has(subject.digest)) return own;
  const { until } = subject;
  if (until === undefined || !isMilder(own, end, isArchived)) return own;
  if (until >= (own.until ?? Number.POSITIVE_INFINITY)) return own;
  return { ...own, until, with: subject.digest };
}

/** Whether its own rules do less with a referrer than happens to its subject. */
function isMilder(own: Verdict, fate: Departure | undefined, isArchived: boolean): boolean {
  if (fate === "archived") return own.fate === "kept" && !isArchived;
  return own.fate !== "expires";
}
