import fc from "fast-check";
import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type {
  LifecycleAction,
  LifecyclePolicy,
  LifecycleSelection,
} from "../../src/lifecycle/policy.ts";
import { shuffled } from "../support/policies.ts";
import { day, now } from "./repository.ts";

/** Small words, small numbers and few moments, so that rules meet, tie and contradict each other. */
export interface LifecycleWorld {
  readonly policy: LifecyclePolicy;
  readonly images: readonly LifecycleImage[];
}

type Tags = Pick<LifecycleSelection, "tagStatus" | "tagPatternList" | "tagPrefixList">;
type Count = Pick<LifecycleSelection, "countType" | "countUnit" | "countNumber" | "storageClass">;

const expire: LifecycleAction = { type: "expire" };
const transition: LifecycleAction = { type: "transition", targetStorageClass: "archive" };
const small = fc.integer({ min: 1, max: 4 });

const onStandard = fc.record({ n: small, archives: fc.boolean() }).chain(({ n, archives }) =>
  fc.constantFrom<{ count: Count; action: LifecycleAction }>(
    {
      count: { countType: "imageCountMoreThan", countNumber: n },
      action: archives ? transition : expire,
    },
    {
      count: { countType: "sinceImagePushed", countUnit: "days", countNumber: n },
      action: archives ? transition : expire,
    },
    {
      count: { countType: "sinceImagePulled", countUnit: "days", countNumber: n },
      action: transition,
    },
  ),
);

const onArchive = fc.integer({ min: 90, max: 92 }).map((countNumber) => ({
  count: {
    countType: "sinceImageTransitioned",
    countUnit: "days",
    storageClass: "archive",
    countNumber,
  } satisfies Count,
  action: expire,
}));

const words = ["a", "b", "ab", "ba", "v1", "v1.2"];
const patterns = ["a", "a*", "*b", "*a*b*", "*", "v*", "v1*", "v1.*", "a*a"];
const list = (texts: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 3 });
const tagged = fc.oneof(
  list(patterns).map((tagPatternList): Tags => ({ tagStatus: "tagged", tagPatternList })),
  list(words).map((tagPrefixList): Tags => ({ tagStatus: "tagged", tagPrefixList })),
);
const anyClass = fc.oneof({ weight: 3, arbitrary: onStandard }, onArchive);
const rule = (tags: fc.Arbitrary<Tags>, counted: typeof onStandard | typeof onArchive) =>
  fc.record({ tags, counted });
const untagged = fc.constant<Tags>({ tagStatus: "untagged" });
const any = fc.constant<Tags>({ tagStatus: "any" });

/** ECR refuses two rules with the same prefixes. */
function hasSamePrefixes({ tags: a }: { tags: Tags }, { tags: b }: { tags: Tags }): boolean {
  const key = ({ tagPrefixList }: Tags) => tagPrefixList?.toSorted().join();
  return key(a) !== undefined && key(a) === key(b);
}

export const smallPolicy: fc.Arbitrary<LifecyclePolicy> = fc
  .record({
    early: fc
      .tuple(
        fc.uniqueArray(rule(tagged, anyClass), { maxLength: 4, comparator: hasSamePrefixes }),
        fc.array(rule(untagged, onStandard), { maxLength: 1 }),
        fc.array(rule(untagged, onArchive), { maxLength: 1 }),
      )
      .chain((rules) => shuffled(rules.flat())),
    late: fc
      .tuple(
        fc.array(rule(any, onStandard), { maxLength: 1 }),
        fc.array(rule(any, onArchive), { maxLength: 1 }),
      )
      .map((rules) => rules.flat()),
  })
  .chain(({ early, late }) =>
    shuffled(
      [...early, ...late].map(({ tags, counted }, index) => ({
        rulePriority: (index + 1) * 10,
        selection: { ...tags, ...counted.count },
        action: counted.action,
      })),
    ),
  )
  .map((rules) => ({ rules }));

const moment = (most: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: most }), fc.constantFrom(0, 0, 1, -1, day / 2))
    .map(([age, shift]) => now - age * day - shift);

const facts = fc.record({
  tags: fc.uniqueArray(fc.constantFrom(...words), { maxLength: 3 }),
  pushedAt: moment(6),
  pulledAt: fc.option(moment(6), { nil: undefined }),
  activatedAt: fc.option(moment(6), { nil: undefined, freq: 2 }),
  archivedAt: moment(94),
  status: fc.constantFrom("active", "active", "active", "archived", "activating" as const),
  size: fc.integer({ min: 1, max: 1000 }),
  /** Which later images it lists, and which later one it refers to. */
  lists: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
  refersTo: fc.option(fc.nat({ max: 9 }), { nil: undefined, freq: 3 }),
  listsAny: fc.boolean(),
});

export const smallRepository: fc.Arbitrary<readonly LifecycleImage[]> = fc
  .array(facts, { maxLength: 12 })
  .map((all) => {
    const later = (from: number, step: number) => {
      const at = from + 1 + step;
      return at < all.length ? [`i${at}`] : [];
    };
    return all.map(
      ({ lists, refersTo, listsAny, pulledAt, activatedAt, archivedAt, status, ...image }, at) => {
        const [subject] = refersTo === undefined ? [] : later(at, refersTo);
        return {
          ...image,
          digest: `i${at}`,
          status,
          ...(pulledAt !== undefined && { pulledAt }),
          ...(activatedAt !== undefined && { activatedAt }),
          ...((status !== "active" || activatedAt !== undefined) && { archivedAt }),
          ...(subject !== undefined && { subject }),
          children: listsAny ? [...new Set(lists.flatMap((step) => later(at, step)))] : [],
        };
      },
    );
  });

export const lifecycleWorld: fc.Arbitrary<LifecycleWorld> = fc.record({
  policy: smallPolicy,
  images: smallRepository,
});
