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
  const verdicts = new Map<string, Verdict>();
  for (const image of images.toSorted(newestFirst)) {
    verdicts.set(image.digest, judge(image, rules, now));
  }
  const listing = indexesByChild(images);
  for (const image of images) block(image, listing, verdicts);
  followSubjects(images, listing, verdicts);
  return images.flatMap(({ digest }) => verdicts.get(digest) ?? []);
}

/** Whether a rule acts on an image, and since when; or from when on, where only time must pass. */
type Mark = { readonly since: number } | { readonly until?: number };

/** A rule on its way through the images, the newest first. */
interface RunningRule {
  readonly priority: number;
  readonly departure: Departure;
  /** Whether its mark depends on the images it has seen. */
  readonly counts: boolean;
  readonly selects: (image: LifecycleImage) => boolean;
  readonly mark: (image: LifecycleImage, now: number) => Mark;
}

function compileRule({ rulePriority, selection, action }: LifecycleRule): RunningRule {
  return {
    priority: rulePriority,
    departure: action.type === "expire" ? "expires" : "archived",
    counts: selection.countType === "imageCountMoreThan",
    selects: compileSelection(selection),
    mark: compileCount(selection),
  };
}

function compileCount({ countType, countNumber }: LifecycleRule["selection"]): RunningRule["mark"] {
  const age = countNumber * day;
  // An age must be exceeded, not reached.
  const older = (due: number, now: number): Mark => (due < now ? { since: due } : { until: due });
  switch (countType) {
    case "sinceImagePushed":
    case "sinceImageTransitioned":
      return (image, now) => older(orderTime(image) + age, now);
    case "sinceImagePulled":
      return (image, now) => older(pullTime(image) + age, now);
    case "imageCountMoreThan": {
      // An image is one too many since the last of `countNumber` newer ones came.
      const newer: number[] = [];
      return (image): Mark => {
        const since = newer[newer.push(orderTime(image)) - 1 - countNumber];
        return since === undefined ? {} : { since };
      };
    }
  }
}

/** The first rule that selects the image decides; the count rules below see it too, to count it. */
function judge(image: LifecycleImage, rules: readonly RunningRule[], now: number): Verdict {
  const { digest } = image;
  let verdict: Verdict | undefined;
  for (const rule of rules) {
    if ((verdict && !rule.counts) || !rule.selects(image)) continue;
    const mark = rule.mark(image, now);
    verdict ??= verdictOf(digest, rule, mark);
  }
  return verdict ?? { digest, fate: "kept", because: "no-rule" };
}

function verdictOf(digest: string, { priority, departure }: RunningRule, mark: Mark): Verdict {
  const because = { digest, because: "rule", rule: priority } as const;
  return "since" in mark
    ? { ...because, fate: departure, ...mark }
    : { ...because, fate: "kept", ...mark };
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
function block(
  { digest }: LifecycleImage,
  listing: ReadonlyMap<string, readonly string[]>,
  verdicts: Map<string, Verdict>,
): void {
  const verdict = verdicts.get(digest);
  const indexes = listing.get(digest);
  if (!indexes || !verdict || verdict.fate === "kept" || verdict.fate === "blocked") return;
  if (verdict.because !== "rule") return;
  const { fate: would, rule, since } = verdict;
  verdicts.set(digest, {
    digest,
    fate: "blocked",
    would,
    rule,
    since,
    indexes: indexes.toSorted(),
  });
}
