import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintLines } from "../../src/cli/lifecycle/policy-text.ts";
import { checkPolicy } from "../../src/lifecycle/check.ts";
import { type LintCode, lintExplanations, lintPolicy } from "../../src/lifecycle/lint.ts";
import { checkPolicyText } from "../../src/lifecycle/lint-text.ts";
import type { LifecyclePolicy, LifecycleRule } from "../../src/lifecycle/policy.ts";
import { compileSelection } from "../../src/lifecycle/select.ts";
import { image, policy } from "./repository.ts";
import { lifecycleWorld, smallPolicy, smallRepository } from "./worlds.ts";

/** `and-list 1: dev*, main*`: the finding, its rule, and the lists of the rules to write instead. */
function inShort({ code, rule, repaired }: ReturnType<typeof lintPolicy>[number]): string {
  const rules = repaired.map(({ selection }) => {
    const { tagPatternList, tagStatus, countType, countNumber } = selection;
    const count = countType === "imageCountMoreThan" ? `${countNumber}` : `${countNumber}d`;
    return `${tagPatternList?.join("+") ?? tagStatus}=${count}`;
  });
  return `${code} ${rule}: ${rules.join(", ") || "nothing"}`;
}

const prefixed = (...tagPrefixList: string[]): LifecyclePolicy => {
  const [rule] = policy([["x"], "count", 9]).rules as [LifecycleRule];
  const { tagPatternList: _, ...selection } = rule.selection;
  return { rules: [{ ...rule, selection: { ...selection, tagPrefixList } }] };
};

const releases = (count: number, more: readonly string[] = []) =>
  Array.from({ length: count }, (_, age) =>
    image(`r${age}`, age, { tags: [`v1.0.${count - age}`] }),
  ).map((each, at) => (at === count - 1 ? { ...each, tags: [...each.tags, ...more] } : each));

const index = image("index", 1, { tags: ["v1.0.0"], children: ["amd64", "arm64"] });
const children = ["amd64", "arm64"].map((digest) => image(digest, 1));

test.each<
  [name: string, rules: LifecyclePolicy, images: Parameters<typeof lintPolicy>[1], found: string[]]
>([
  [
    "several families in one rule",
    policy([["dev*", "main*"], "count", 3]),
    undefined,
    ["and-list 1: dev*=3, main*=3"],
  ],
  [
    "the same, where no image has both",
    policy([["dev*", "main*"], "count", 3]),
    [image("a", 1, { tags: ["dev1"] }), image("b", 1, { tags: ["main1"] })],
    ["and-list 1: dev*=3, main*=3"],
  ],
  [
    "the same, where every image has both",
    policy([["dev*", "main*"], "count", 3]),
    [image("a", 1, { tags: ["dev1", "main1"] })],
    [],
  ],
  ["entries that include each other", policy([["v*", "v1*"], "count", 3]), undefined, []],
  ["a wildcard in a prefix", prefixed("v*"), undefined, ["impossible-entry 1: v*=9"]],
  ["a prefix that begins with -", prefixed("-dev"), undefined, ["impossible-entry 1: dev*=9"]],
  ["a path as a prefix", prefixed("refs/heads/main"), undefined, ["impossible-entry 1: main*=9"]],
  [
    "nothing but what is illegal",
    policy([["--"], "count", 3]),
    undefined,
    ["impossible-entry 1: nothing"],
  ],
  [
    "a path before any name",
    policy([["feature/*"], "count", 3]),
    undefined,
    ["impossible-entry 1: nothing"],
  ],
  [
    "an image's name before any tag",
    policy([["app:*"], "count", 3]),
    undefined,
    ["impossible-entry 1: nothing"],
  ],
  ["another wildcard", policy([["v?.*"], "count", 3]), undefined, ["impossible-entry 1: nothing"]],
  ["a prefix of a wildcard alone", prefixed("*"), undefined, ["impossible-entry 1: *=9"]],
  [
    "a prefix longer than a tag",
    prefixed("a".repeat(129)),
    undefined,
    ["impossible-entry 1: nothing"],
  ],
  ["a pattern that begins with a wildcard", policy([["*-rc"], "count", 3]), undefined, []],
  ["a year as a prefix", prefixed("build-2026-11"), undefined, ["dated-entry 1: build-20*=9"]],
  ["a long number is no year", prefixed("20261112345"), undefined, []],
  [
    "a narrower rule below a wider one",
    policy([["dev*"], "count", 9], [["dev-1*"], "count", 3]),
    undefined,
    ["shadowed 2: dev-1*=3"],
  ],
  [
    "the same selection twice",
    policy([["dev*"], "pushed", 9], [["dev*"], "count", 3]),
    undefined,
    ["shadowed 2: nothing"],
  ],
  ["an any rule alone", policy(["any", "count", 9]), undefined, ["any-eats-releases 1: *.*.*=50"]],
  [
    "an any rule below one for versions",
    policy([["v*"], "count", 3], ["any", "count", 9]),
    undefined,
    [],
  ],
  [
    "an any rule that claims release tags",
    policy([["dev*"], "count", 9], ["any", "count", 99]),
    [...releases(2), image("d", 1, { tags: ["dev1"] }), image("o", 1, { tags: ["api-2.0.0"] })],
    ["any-eats-releases 2: v*.*.*=50, api-*.*.*=50"],
  ],
  ["releases by age", policy([["v*"], "pushed", 90]), undefined, ["releases-by-age 1: v*=50"]],
  [
    "the newest release by age",
    policy([["v1*"], "pushed", 90]),
    releases(3),
    ["releases-by-age 1: v1*=50"],
  ],
  [
    "everything by age",
    policy(["any", "pushed", 90]),
    releases(3),
    ["any-eats-releases 1: v*.*.*=50"],
  ],
  ["builds by age", policy([["dev-*"], "pushed", 90]), undefined, []],
  [
    "room that a rule above takes",
    policy([["main*"], "count", 9999], ["any", "count", 100]),
    undefined,
    ["any-eats-releases 2: *.*.*=50", "crowded-count 2: any=10099"],
  ],
  [
    "room that images of a rule above take",
    policy([["main*"], "count", 3], [["*"], "count", 4]),
    [
      ...[1, 2, 3].map((age) => image(`m${age}`, age, { tags: [`main-${age}`] })),
      ...[4, 5, 6].map((age) => image(`d${age}`, age, { tags: [`dev-${age}`] })),
    ],
    ["crowded-count 2: *=7"],
  ],
  [
    "all the room, taken by a rule above",
    policy([["main*"], "count", 4], [["*"], "count", 4]),
    [image("m", 1, { tags: ["main-1"] })],
    ["crowded-count 2: *=8"],
  ],
  [
    "a rule without an image",
    policy([["main*"], "count", 3]),
    [image("d", 1, { tags: ["dev"] })],
    ["no-match 1: nothing"],
  ],
  [
    "untagged by count, with indexes",
    policy(["untagged", "count", 5]),
    [index, ...children],
    ["untagged-indexes 1: untagged=7d"],
  ],
  ["untagged by age, with indexes", policy(["untagged", "pushed", 5]), [index, ...children], []],
  ["untagged by count, without indexes", policy(["untagged", "count", 5]), children, []],
  [
    "a floating tag beyond the count",
    policy([["v*"], "count", 3]),
    releases(6, ["v1"]),
    ["count-below-floating 1: v*=6"],
  ],
  ["a floating tag within the count", policy([["v*"], "count", 6]), releases(6, ["v1"]), []],
])("%s", (_name, rules, images, found) => {
  expect(lintPolicy(rules, images).map(inShort)).toEqual(found);
});

/** The policy after somebody did what the finding says. */
function edited(
  { rules }: LifecyclePolicy,
  { rule, repaired, moved }: ReturnType<typeof lintPolicy>[number],
) {
  const to = new Map(moved.map((each) => [each.from, each.to]));
  const others = rules.filter(({ rulePriority }) => rulePriority !== rule);
  const numbered = others.map((each) => ({
    ...each,
    rulePriority: to.get(each.rulePriority) ?? each.rulePriority,
  }));
  return { rules: [...numbered, ...repaired] };
}

describe("lintPolicy", () => {
  test("has an example of every code above, and an explanation for each", () => {
    expect(Object.keys(lintExplanations)).toHaveLength(10);
  });

  test("proposes rules that ECR takes", () => {
    const seen = new Set<LintCode>();
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        for (const { code, repaired } of lintPolicy(rules, images)) {
          seen.add(code);
          for (const rule of repaired) {
            const checked = checkPolicy({ rules: [{ ...rule, description: "x".repeat(100) }] });
            expect(checked).toHaveProperty("policy");
          }
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen.size).toBeGreaterThan(5);
  });

  test("tells which rules make room, and calls a repair that the whole policy refuses a sketch", () => {
    const [first] = prefixed("dev", "main").rules as [LifecycleRule];
    const [second] = prefixed("test").rules as [LifecycleRule];
    const [again] = prefixed("dev").rules as [LifecycleRule];
    const both = (other: LifecycleRule) =>
      lintPolicy({ rules: [first, { ...other, rulePriority: 2 }] }).find(
        ({ code }) => code === "and-list",
      );
    expect(both(second)).toMatchObject({ moved: [{ from: 2, to: 3 }] });
    expect(both(second)).not.toHaveProperty("sketch");
    expect(both(again)?.sketch).toBe(
      'rule 3: tagPrefixList is ["dev"] once more, expected prefixes that no other rule has',
    );
    const many = Array.from({ length: 49 }, (_, at) => ({
      ...(prefixed(`p${at}`).rules[0] as LifecycleRule),
      rulePriority: at + 2,
    }));
    const [crowded] = lintPolicy({ rules: [first, ...many] });
    expect(crowded?.sketch).toMatch(/^there are 51 rules/);
    const crowdedText = lintLines(crowded ?? expect.fail("no finding")).join("\n");
    expect(crowdedText.match(/renumber .*/g)).toEqual(["renumber  rules 2-50 to 3-51"]);
    const text = lintLines(both(again) ?? expect.fail("no finding")).join("\n");
    expect(text).toMatch(
      /sketch {2}\{.*\n.*sketch {2}\{.*\n.*renumber {2}rule 2 to 3\n.*only a sketch/,
    );
  });

  test("proposes what the whole policy takes, or says that it is a sketch", () => {
    const seen = { whole: 0, sketch: 0 };
    fc.assert(
      fc.property(lifecycleWorld, ({ policy: rules, images }) => {
        const repairs = lintPolicy(rules, images).filter(({ repaired }) => repaired.length > 0);
        for (const finding of repairs) {
          seen[finding.sketch === undefined ? "whole" : "sketch"] += 1;
          const isTaken = "policy" in checkPolicy(edited(rules, finding));
          expect(isTaken || finding.sketch !== undefined).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen.whole).toBeGreaterThan(100);
    expect(seen.sketch).toBeGreaterThan(0);
  });

  test("calls shadowed only what never claims an image", () => {
    fc.assert(
      fc.property(smallPolicy, smallRepository, ({ rules }, images) => {
        const shadowed = lintPolicy({ rules }).filter(({ code }) => code === "shadowed");
        for (const { rule: priority } of shadowed) {
          const own = rules.find(({ rulePriority }) => rulePriority === priority);
          const higher = rules.filter(({ rulePriority }) => rulePriority < priority);
          const free = images.filter(
            (each) => !higher.some(({ selection }) => compileSelection(selection)(each)),
          );
          expect(free.filter((each) => own && compileSelection(own.selection)(each))).toEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("says where a finding stands in the file", () => {
    const text = `rules:\n  # both\n  - rulePriority: 1\n    selection:\n      tagStatus: tagged\n      tagPatternList: [a*, b*]\n      countType: imageCountMoreThan\n      countNumber: 3\n    action: {type: expire}\n`;
    expect(checkPolicyText(text, { file: "p.yaml" })).toMatchObject({
      rules: 1,
      mistakes: [],
      findings: [{ code: "and-list", file: "p.yaml", line: 6, column: 23 }],
    });
    expect(checkPolicyText("{}", { file: "p.yaml" })).toMatchObject({
      mistakes: [{ code: "missing" }],
      findings: [],
    });
  });
});
