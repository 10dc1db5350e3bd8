import fc from "fast-check";
import {
  formatPolicy,
  type LifecycleAction,
  type LifecyclePolicy,
  type LifecycleRule,
  type LifecycleSelection,
} from "../../src/lifecycle/policy.ts";

const expire: LifecycleAction = { type: "expire" };
const transition: LifecycleAction = { type: "transition", targetStorageClass: "archive" };

const tagText = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/);
const pattern = fc.stringMatching(/^[a-z]{1,4}[*]?[a-z]{0,3}[*]?$/);

interface Counted {
  readonly count: Pick<
    LifecycleSelection,
    "countType" | "countUnit" | "countNumber" | "storageClass"
  >;
  readonly action: LifecycleAction;
}

const onStandard: fc.Arbitrary<Counted> = fc
  .record({ n: fc.integer({ min: 1, max: 9999 }) })
  .chain(({ n }) =>
    fc.constantFrom<Counted>(
      { count: { countType: "imageCountMoreThan", countNumber: n }, action: expire },
      {
        count: { countType: "imageCountMoreThan", countNumber: n, storageClass: "standard" },
        action: transition,
      },
      {
        count: { countType: "sinceImagePushed", countUnit: "days", countNumber: n },
        action: expire,
      },
      {
        count: { countType: "sinceImagePulled", countUnit: "days", countNumber: n },
        action: transition,
      },
    ),
  );

const onArchive: fc.Arbitrary<Counted> = fc.integer({ min: 90, max: 9999 }).map((countNumber) => ({
  count: {
    countType: "sinceImageTransitioned",
    countUnit: "days",
    countNumber,
    storageClass: "archive",
  },
  action: expire,
}));

type Tags = Pick<LifecycleSelection, "tagStatus" | "tagPatternList" | "tagPrefixList">;

function rule(tags: fc.Arbitrary<Tags>, counted: fc.Arbitrary<Counted>) {
  return fc
    .record({
      tags,
      counted,
      description: fc.option(fc.string({ maxLength: 30 }), { nil: undefined }),
    })
    .map(({ tags, counted, description }) => ({
      ...(description !== undefined && { description }),
      selection: { ...tags, ...counted.count },
      action: counted.action,
    }));
}

const texts = (text: fc.Arbitrary<string>) => fc.array(text, { minLength: 1, maxLength: 4 });
const byPattern = texts(pattern).map(
  (tagPatternList): Tags => ({ tagStatus: "tagged", tagPatternList }),
);
const byPrefix = texts(tagText).map(
  (tagPrefixList): Tags => ({ tagStatus: "tagged", tagPrefixList }),
);
const untagged = fc.constant<Tags>({ tagStatus: "untagged" });
const any = fc.constant<Tags>({ tagStatus: "any" });

/** A policy that keeps every constraint of the grammar, its rules in any order. */
export const validPolicy: fc.Arbitrary<LifecyclePolicy> = fc
  .record({
    early: fc.tuple(
      fc.array(rule(byPattern, fc.oneof(onStandard, onArchive)), { maxLength: 5 }),
      fc.uniqueArray(rule(byPrefix, onStandard), {
        maxLength: 5,
        selector: ({ selection }) => [...new Set(selection.tagPrefixList)].sort().join(),
      }),
      fc.array(rule(untagged, onStandard), { maxLength: 1 }),
      fc.array(rule(untagged, onArchive), { maxLength: 1 }),
    ),
    late: fc.tuple(
      fc.array(rule(any, onStandard), { maxLength: 1 }),
      fc.array(rule(any, onArchive), { minLength: 1, maxLength: 1 }),
    ),
  })
  .chain(({ early, late }) => {
    const rules = early.flat();
    return fc
      .uniqueArray(fc.integer({ min: 1, max: 900 }), {
        minLength: rules.length,
        maxLength: rules.length,
      })
      .map((priorities): LifecycleRule[] => [
        ...rules.map((each, index) => ({ rulePriority: priorities[index] ?? 0, ...each })),
        ...late.flat().map((each, index) => ({ rulePriority: 901 + index, ...each })),
      ]);
  })
  .chain((rules) => shuffled(rules))
  .map((rules) => ({ rules }));

/** All of the values, in any order. */
export function shuffled<Value>(values: readonly Value[]): fc.Arbitrary<Value[]> {
  return fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });
}

/** Whether two policies say the same, whatever the order of their rules and lists. */
export function samePolicy(a: LifecyclePolicy, b: LifecyclePolicy): boolean {
  return formatPolicy(a) === formatPolicy(b);
}
