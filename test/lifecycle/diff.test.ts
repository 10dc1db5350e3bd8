import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeRule } from "../../src/lifecycle/describe.ts";
import { diffPolicies, type PolicyChange } from "../../src/lifecycle/diff.ts";
import type {
  LifecyclePolicy,
  LifecycleRule,
  LifecycleSelection,
} from "../../src/lifecycle/policy.ts";
import { samePolicy, validPolicy } from "../support/policies.ts";

const keep: LifecycleRule = {
  rulePriority: 1,
  selection: {
    tagStatus: "tagged",
    tagPatternList: ["v*"],
    countType: "imageCountMoreThan",
    countNumber: 30,
  },
  action: { type: "expire" },
};

function priorityOf(change: PolicyChange): number {
  return (change.kind === "changed" ? change.actual : change.rule).rulePriority;
}

describe("diffPolicies", () => {
  test("is empty exactly when the policies are the same", () => {
    const pair = fc.oneof(
      fc.tuple(validPolicy, validPolicy),
      validPolicy.map((policy): [LifecyclePolicy, LifecyclePolicy] => [
        policy,
        { rules: [...policy.rules].reverse() },
      ]),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(diffPolicies(a, b).length === 0).toBe(samePolicy(a, b));
      }),
    );
  });

  test("leads from the actual policy to the wanted one", () => {
    fc.assert(
      fc.property(validPolicy, validPolicy, (wanted, actual) => {
        const changes = diffPolicies(wanted, actual);
        const gone = changes.flatMap((change) =>
          change.kind === "added" ? [] : [priorityOf(change)],
        );
        const kept = actual.rules.filter(({ rulePriority }) => !gone.includes(rulePriority));
        const come = changes.flatMap((change) => {
          if (change.kind === "removed") return [];
          return [change.kind === "added" ? change.rule : change.wanted];
        });
        expect(samePolicy({ rules: [...kept, ...come] }, wanted)).toBe(true);
      }),
    );
  });

  test("names what was added, removed and changed, field by field", () => {
    const other = { ...keep, rulePriority: 2 };
    const third = { ...keep, rulePriority: 3 };
    const changed = {
      ...keep,
      description: "releases",
      selection: { ...keep.selection, tagPatternList: ["v*", "r*"] },
    };
    expect(diffPolicies({ rules: [third, changed] }, { rules: [keep, other] })).toEqual([
      {
        kind: "changed",
        wanted: { ...changed, selection: { ...changed.selection, tagPatternList: ["r*", "v*"] } },
        actual: keep,
        fields: [
          { path: ["selection", "tagPatternList"], wanted: ["r*", "v*"], actual: ["v*"] },
          { path: ["description"], wanted: "releases" },
        ],
      },
      { kind: "removed", rule: other },
      { kind: "added", rule: third },
    ]);
  });

  test("adds every rule where there is no policy", () => {
    expect(diffPolicies({ rules: [keep] }, undefined)).toEqual([{ kind: "added", rule: keep }]);
  });
});

describe("describeRule", () => {
  const day = { countUnit: "days" } as const;
  const archive = { type: "transition", targetStorageClass: "archive" } as const;
  test.each<[string, Partial<LifecycleSelection>, LifecycleRule["action"]?]>([
    ["expires images tagged v* beyond the newest 30", {}],
    [
      "expires images tagged v* and *-rc* (both) beyond the newest 30",
      { tagPatternList: ["v*", "*-rc*"] },
    ],
    [
      "expires images with a tag that starts with a, b and c (all of them) pushed more than 1 day ago",
      {
        ...day,
        tagPrefixList: ["a", "b", "c"],
        countType: "sinceImagePushed",
        countNumber: 1,
      },
    ],
    [
      "archives all images not pulled for more than 14 days",
      { ...day, tagStatus: "any", countType: "sinceImagePulled", countNumber: 14 },
      archive,
    ],
    [
      "expires untagged archived images archived more than 90 days ago",
      {
        ...day,
        tagStatus: "untagged",
        storageClass: "archive",
        countType: "sinceImageTransitioned",
        countNumber: 90,
      },
    ],
  ])("%s", (sentence, change, action = { type: "expire" }) => {
    const { tagPatternList, ...rest } = keep.selection;
    const patterns = change.tagPrefixList ? {} : { tagPatternList: tagPatternList ?? [] };
    expect(describeRule({ ...keep, action, selection: { ...rest, ...patterns, ...change } })).toBe(
      sentence,
    );
  });
});
