import { type LifecycleImage, newestFirst, orderTime, pullTime } from "./image.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { compileSelection } from "./select.ts";
import { followSubjects } from "./subjects.ts";
import { type Departure, isDeparture, type Verdict } from "./verdict.ts";

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
  const verdicts = new Array<Verdict>(images.length);
  for (const at of newestFirstOrder(images)) {
    const image = images[at];
    if (image) verdicts[at] = judge(image, rules, now);
  }
  const listing = indexesByChild(images);
  for (const [at, image] of images.entries()) {
    const indexes = listing.get(image.digest);
    const verdict = verdicts[at];
    if (indexes && verdict) verdicts[at] = heldBack(verdict, indexes);
  }
  const hasReferrers = images.some(({ subject }) => subject !== undefined);
  return hasReferrers ? withReferrers(images, verdicts, listing) : verdicts;
}

/** Positions, the newest image first, as `newestFirst` orders them. */
function newestFirstOrder(images: readonly LifecycleImage[]): Uint32Array {
  const times = Float64Array.from(images, orderTime);
  const order = Uint32Array.from(images.keys());
  return order.sort((a, b) => {
    const byTime = (times[b] ?? 0) - (times[a] ?? 0);
    return byTime === 0 ? byDigest(images[a], images[b]) : byTime;
  });
}

/** The times are equal, so that the digests decide. */
function byDigest(a: LifecycleImage | undefined, b: LifecycleImage | undefined): number {
  return a && b ? newestFirst(a, b) : 0;
}

function withReferrers(
  images: readonly LifecycleImage[],
  own: readonly Verdict[],
  listing: ReadonlyMap<string, readonly string[]>,
): readonly Verdict[] {
  const verdicts = new Map(own.map((verdict) => [verdict.digest, verdict]));
  followSubjects(images, listing, verdicts);
  return images.flatMap(({ digest }) => verdicts.get(digest) ?? []);
}

/** A rule on its way through the images, the newest first. */
interface RunningRule {
  readonly priority: number;
  readonly departure: Departure;
  /** Whether its mark depends on the images it has seen. */
  readonly counts: boolean;
  readonly selects: (image: LifecycleImage) => boolean;
  /** The moment since which, or after which, the rule acts on the image, where there is one. */
  readonly due: (image: LifecycleImage) => number | undefined;
}

function compileRule({ rulePriority, selection, action }: LifecycleRule): RunningRule {
  return {
    priority: rulePriority,
    departure: action.type === "expire" ? "expires" : "archived",
    counts: selection.countType === "imageCountMoreThan",
    selects: compileSelection(selection),
    due: compileDue(selection),
  };
}

function compileDue({ countType, countNumber }: LifecycleRule["selection"]): RunningRule["due"] {
  const age = countNumber * day;
  switch (countType) {
    case "sinceImagePushed":
    case "sinceImageTransitioned":
      return (image) => orderTime(image) + age;
    case "sinceImagePulled":
      return (image) => pullTime(image) + age;
    case "imageCountMoreThan": {
      // An image is one too many since the last of `countNumber` newer ones came.
      const newer: number[] = [];
      return (image) => newer[newer.push(orderTime(image)) - 1 - countNumber];
    }
  }
}

/** The first rule that selects the image decides; the count rules below see it too, to count it. */
function judge(image: LifecycleImage, rules: readonly RunningRule[], now: number): Verdict {
  let verdict: Verdict | undefined;
  for (const rule of rules) {
    if ((verdict && !rule.counts) || !rule.selects(image)) continue;
    const due = rule.due(image);
    verdict ??= verdictOf(image.digest, rule, due, now);
  }
  return verdict ?? { digest: image.digest, fate: "kept", because: "no-rule" };
}

function verdictOf(
  digest: string,
  { priority: rule, departure: fate, counts }: RunningRule,
  due: number | undefined,
  now: number,
): Verdict {
  if (due === undefined) return { digest, because: "rule", rule, fate: "kept" };
  // An age must be exceeded, not reached.
  if (!counts && due >= now) return { digest, because: "rule", rule, fate: "kept", until: due };
  return { digest, because: "rule", rule, fate, since: due };
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

/** ECR neither expires nor archives what an index lists that is itself still there. */
function heldBack(verdict: Verdict, indexes: readonly string[]): Verdict {
  if (!isDeparture(verdict) || verdict.because !== "rule") return verdict;
  const { digest, fate: would, rule, since } = verdict;
  return { digest, fate: "blocked", would, rule, since, indexes: indexes.toSorted() };
}
