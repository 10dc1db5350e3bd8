import { type LifecycleImage, newestFirst, orderTime, pullTime } from "./image.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { compileSelection } from "./select.ts";
import { followSubjects } from "./subjects.ts";
import type { Departure, Verdict } from "./verdict.ts";

const day = 86_400_000;

/**
 * What ECR does with each image under a policy at the time `now` (milliseconds), by the evaluation
 * rules of the Amazon ECR user guide: every rule selects and counts for itself, then each image obeys
 * the selecting rule of the lowest priority number alone. Verdicts stand in the order of the images.
 * The policy must have passed `checkPolicy`.
 */
export function evaluatePolicy(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  now: number,
): readonly Verdict[] {
  const rules = policy.rules.toSorted((a, b) => a.rulePriority - b.rulePriority).map(compileRule);
  const { deciders, surplus } = decide(images, rules);
  const listing = indexesByChild(images);
  const verdicts = images.map((image, at): Verdict => {
    const { digest } = image;
    const rule = rules[deciders[at] ?? nobody];
    if (!rule) return { digest, fate: "kept", because: "no-rule" };
    const due = rule.limit.kind === "age" ? rule.limit.due(image) : (surplus[at] ?? never);
    return verdictOf(digest, rule, due, { now, indexes: listing.get(digest) });
  });
  const hasReferrers = images.some(({ subject }) => subject !== undefined);
  if (!hasReferrers) return verdicts;
  const departures = new Map(rules.map(({ priority, departure }) => [priority, departure]));
  return withReferrers(images, verdicts, { listing, departures });
}

function withReferrers(
  images: readonly LifecycleImage[],
  own: readonly Verdict[],
  around: Parameters<typeof followSubjects>[1],
): readonly Verdict[] {
  const verdicts = new Map(own.map((verdict) => [verdict.digest, verdict]));
  followSubjects(images, around, verdicts);
  return images.flatMap(({ digest }) => verdicts.get(digest) ?? []);
}

/** A rule, and what makes it act: an age, or that there are more than so many newer images. */
interface CompiledRule {
  readonly priority: number;
  readonly departure: Departure;
  readonly selects: (image: LifecycleImage) => boolean;
  readonly limit:
    | { readonly kind: "count"; readonly room: number }
    | { readonly kind: "age"; readonly due: (image: LifecycleImage) => number };
}

function compileRule({ rulePriority, selection, action }: LifecycleRule): CompiledRule {
  return {
    priority: rulePriority,
    departure: action.type === "expire" ? "expires" : "archived",
    selects: compileSelection(selection),
    limit: compileLimit(selection),
  };
}

function compileLimit({
  countType,
  countNumber,
}: LifecycleRule["selection"]): CompiledRule["limit"] {
  const age = countNumber * day;
  switch (countType) {
    case "sinceImagePushed":
    case "sinceImageTransitioned":
      return { kind: "age", due: (image) => orderTime(image) + age };
    case "sinceImagePulled":
      return { kind: "age", due: (image) => pullTime(image) + age };
    case "imageCountMoreThan":
      return { kind: "count", room: countNumber };
  }
}

/** No place of a rule: there are at most 50. */
const nobody = 255;
const never = Number.POSITIVE_INFINITY;

/** Both by the position of the image. */
interface Decisions {
  /** The place of the rule that decides. */
  readonly deciders: Uint8Array;
  /** Since when the image is one too many, where that rule counts. */
  readonly surplus: Float64Array;
}

/**
 * Which rule decides on each image, and what the counting ones say. Images are visited as they lie in memory, and
 * only numbers by age: a large repository is larger than the processor's caches.
 */
function decide(images: readonly LifecycleImage[], rules: readonly CompiledRule[]): Decisions {
  const ages = ageOrder(images);
  const counted = rules.map((): number[] => []);
  const deciders = Uint8Array.from(images, (image, at) =>
    firstOf(rules, image, (place) => counted[place]?.push(ages.ranks[at] ?? 0)),
  );
  const surplus = new Float64Array(images.length).fill(never);
  for (const [place, { limit }] of rules.entries()) {
    if (limit.kind === "age") continue;
    for (const [at, since] of beyond(limit.room, counted[place] ?? [], ages)) {
      if (deciders[at] === place) surplus[at] = since;
    }
  }
  return { deciders, surplus };
}

/** The place of the first rule that selects the image; the count rules below it see the image too, to count it. */
function firstOf(
  rules: readonly CompiledRule[],
  image: LifecycleImage,
  count: (place: number) => void,
): number {
  let first = nobody;
  for (const [place, { limit, selects }] of rules.entries()) {
    const isOver = first !== nobody && limit.kind === "age";
    if (isOver || !selects(image)) continue;
    if (first === nobody) first = place;
    if (limit.kind === "count") count(place);
  }
  return first;
}

interface AgeOrder {
  readonly times: Float64Array;
  /** Positions, the newest image first, as `newestFirst` orders them. */
  readonly order: Uint32Array;
  /** Where in that order each position is. */
  readonly ranks: Uint32Array;
}

function ageOrder(images: readonly LifecycleImage[]): AgeOrder {
  const times = Float64Array.from(images, orderTime);
  const order = Uint32Array.from(images.keys()).sort((a, b) => {
    const byTime = (times[b] ?? 0) - (times[a] ?? 0);
    return byTime === 0 ? byDigest(images[a], images[b]) : byTime;
  });
  const ranks = new Uint32Array(images.length);
  for (const [rank, at] of order.entries()) ranks[at] = rank;
  return { times, order, ranks };
}

/** The times are equal, so that the digests decide. */
function byDigest(a: LifecycleImage | undefined, b: LifecycleImage | undefined): number {
  return a && b ? newestFirst(a, b) : 0;
}

/** The images for which there is no room, and since when: an image is one too many since the last of `room` newer ones came. */
function* beyond(
  room: number,
  counted: readonly number[],
  { times, order }: AgeOrder,
): Iterable<readonly [at: number, since: number]> {
  const newest = Uint32Array.from(counted).sort();
  for (let nth = room; nth < newest.length; nth += 1) {
    const last = order[newest[nth - room] ?? 0] ?? 0;
    yield [order[newest[nth] ?? 0] ?? 0, times[last] ?? 0];
  }
}

function verdictOf(
  digest: string,
  { priority: rule, departure: fate, limit }: CompiledRule,
  due: number,
  { now, indexes }: { readonly now: number; readonly indexes: readonly string[] | undefined },
): Verdict {
  if (due === never) return { digest, because: "rule", rule, fate: "kept" };
  // An age must be exceeded, not reached.
  if (limit.kind === "age" && due >= now)
    return { digest, because: "rule", rule, fate: "kept", until: due };
  if (!indexes) return { digest, because: "rule", rule, fate, since: due };
  // ECR neither expires nor archives what an index lists that is itself still there.
  return {
    digest,
    fate: "blocked",
    would: fate,
    rule,
    since: due,
    indexes: indexes.toSorted(),
  };
}

function indexesByChild(images: readonly LifecycleImage[]): ReadonlyMap<string, string[]> {
  const indexes = new Map<string, string[]>();
  for (const { digest, children, status } of images) {
    if (status === "archived") continue;
    for (const child of children) {
      const known = indexes.get(child);
      if (known) known.push(digest);
      else indexes.set(child, [digest]);
    }
  }
  return indexes;
}
