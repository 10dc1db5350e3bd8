import { describe, expect, test } from "vitest";
import { type PolicyMistakeCode, policyGrammar } from "../../src/lifecycle/grammar.ts";
import { archived, base, days, mistakesIn, rule, tagged, toArchive } from "./rules.ts";

// Each wrong policy breaks one rule of the grammar, and no other.
const wrong: readonly (readonly [string, PolicyMistakeCode, string, unknown])[] = [
  ["not an object", "wrong-type", "", "policy.json"],
  ["a list", "wrong-type", "", []],
  ["nothing", "wrong-type", "", null],
  ["no rules", "missing", "rules", {}],
  ["rules of another type", "wrong-type", "rules", { rules: {} }],
  ["another property", "unknown-property", "version", { rules: [base], version: 1 }],
  ["a rule that is no object", "wrong-type", "rules.0", { rules: ["x"] }],
  ["an unknown property of a rule", "unknown-property", "rules.0.name", [{ ...base, name: "x" }]],
  ["a null description", "null-value", "rules.0.description", [{ ...base, description: null }]],
  [
    "a description of another type",
    "wrong-type",
    "rules.0.description",
    [{ ...base, description: 1 }],
  ],
  ["a priority of 0", "number-too-small", "rules.0.rulePriority", [{ ...base, rulePriority: 0 }]],
  ["half a priority", "number-too-small", "rules.0.rulePriority", [{ ...base, rulePriority: 1.5 }]],
  [
    "a priority that JSON does not keep exactly",
    "number-too-large",
    "rules.0.rulePriority",
    [{ ...base, rulePriority: 2 ** 53 }],
  ],
  [
    "a count of thirty digits",
    "number-too-large",
    "rules.0.selection.countNumber",
    [rule({ countNumber: 1e30 })],
  ],
  ["a priority in quotes", "wrong-type", "rules.0.rulePriority", [{ ...base, rulePriority: "1" }]],
  [
    "a selection that is a text",
    "wrong-type",
    "rules.0.selection",
    [{ ...base, selection: "any" }],
  ],
  [
    "an unknown property of a selection",
    "unknown-property",
    "rules.0.selection.tagList",
    [rule({ tagList: ["a"] })],
  ],
  [
    "an upper-case word",
    "unknown-word",
    "rules.0.selection.tagStatus",
    [rule({ tagStatus: "ANY" })],
  ],
  [
    "an unknown count type",
    "unknown-word",
    "rules.0.selection.countType",
    [rule({ countType: "age" })],
  ],
  ["a count of 0", "number-too-small", "rules.0.selection.countNumber", [rule({ countNumber: 0 })]],
  ["a null list", "null-value", "rules.0.selection.tagPrefixList", [rule({ tagPrefixList: null })]],
  ["a null unit", "null-value", "rules.0.selection.countUnit", [rule({ countUnit: null })]],
  [
    "an unknown action",
    "unknown-word",
    "rules.0.action.type",
    [rule({}, { action: { type: "delete" } })],
  ],
  [
    "a null target class",
    "null-value",
    "rules.0.action.targetStorageClass",
    [rule({}, { action: { targetStorageClass: null } })],
  ],
  ["tagged without a list", "list-required", "rules.0.selection.tagStatus", [tagged({})]],
  [
    "tagged with both lists",
    "list-conflict",
    "rules.0.selection.tagPrefixList",
    [tagged({ tagPatternList: ["a"], tagPrefixList: ["b"] })],
  ],
  [
    "untagged with a list",
    "list-forbidden",
    "rules.0.selection.tagPatternList",
    [rule({ tagPatternList: ["a"] })],
  ],
  [
    "any with a list",
    "list-forbidden",
    "rules.0.selection.tagPrefixList",
    [rule({ tagStatus: "any", tagPrefixList: ["a"] })],
  ],
  [
    "an empty list",
    "list-empty",
    "rules.0.selection.tagPrefixList",
    [tagged({ tagPrefixList: [] })],
  ],
  [
    "an empty entry",
    "list-empty",
    "rules.0.selection.tagPrefixList.1",
    [tagged({ tagPrefixList: ["a", ""] })],
  ],
  [
    "a number as a prefix",
    "wrong-type",
    "rules.0.selection.tagPrefixList.0",
    [tagged({ tagPrefixList: [2026] })],
  ],
  [
    "five wildcards",
    "too-many-wildcards",
    "rules.0.selection.tagPatternList.1",
    [tagged({ tagPatternList: ["*", "*a*b*c*d*"] })],
  ],
  [
    "days of a count",
    "unit-forbidden",
    "rules.0.selection.countUnit",
    [rule({ countUnit: "days" })],
  ],
  [
    "an age without unit",
    "unit-required",
    "rules.0.selection.countUnit",
    [rule({ countType: "sinceImagePushed" })],
  ],
  [
    "archived images in standard",
    "class-archive-required",
    "rules.0.selection.storageClass",
    [rule({ ...archived, storageClass: "standard" })],
  ],
  [
    "archived images without class",
    "class-archive-required",
    "rules.0.selection.storageClass",
    [rule({ ...archived, storageClass: undefined })],
  ],
  [
    "pushed images in archive",
    "class-archive-forbidden",
    "rules.0.selection.storageClass",
    [rule({ ...days, storageClass: "archive" })],
  ],
  [
    "expiry by pull",
    "pulled-only-transitions",
    "rules.0.action.type",
    [rule({ ...days, countType: "sinceImagePulled" })],
  ],
  [
    "archiving what is archived",
    "archived-only-expires",
    "rules.0.action.type",
    [rule(archived, toArchive)],
  ],
  [
    "archived for 89 days",
    "archived-too-short",
    "rules.0.selection.countNumber",
    [rule({ ...archived, countNumber: 89 })],
  ],
  [
    "transition to nowhere",
    "target-required",
    "rules.0.action.targetStorageClass",
    [rule({}, { action: { type: "transition" } })],
  ],
  [
    "expiry to archive",
    "target-forbidden",
    "rules.0.action.targetStorageClass",
    [rule({}, { action: { targetStorageClass: "archive" } })],
  ],
  [
    "one priority twice",
    "duplicate-priority",
    "rules.1.rulePriority",
    [base, tagged({ tagPrefixList: ["a"] })],
  ],
  [
    "untagged twice",
    "second-untagged",
    "rules.1.selection.tagStatus",
    [base, { ...base, rulePriority: 2 }],
  ],
  [
    "any twice",
    "second-any",
    "rules.1.selection.tagStatus",
    [rule({ tagStatus: "any" }), rule({ tagStatus: "any" }, { rulePriority: 2 })],
  ],
  [
    "any before another",
    "any-not-last",
    "rules.0.rulePriority",
    [rule({ tagStatus: "any" }), { ...base, rulePriority: 2 }],
  ],
  [
    "the same prefixes",
    "duplicate-prefixes",
    "rules.1.selection.tagPrefixList",
    [
      tagged({ tagPrefixList: ["a", "b"] }),
      { ...tagged({ tagPrefixList: ["b", "a", "b"] }), rulePriority: 2 },
    ],
  ],
  [
    "51 rules",
    "too-many-rules",
    "rules",
    Array.from({ length: 51 }, (_, index) => ({
      ...tagged({ tagPrefixList: [`p${index}`] }),
      rulePriority: index + 1,
    })),
  ],
  ["an empty list of rules", "no-rules", "rules", { rules: [] }],
  ["more than 30,720 characters", "too-long", "", [{ ...base, description: "x".repeat(30_720) }]],
];

describe("checkPolicy refuses", () => {
  test.each(wrong)("%s", (_name, code, path, document) => {
    const isRules = Array.isArray(document) && document.length > 0;
    const found = mistakesIn(isRules ? { rules: document } : document);
    expect(found.map((each) => [each.code, each.path.join(".")])).toEqual([[code, path]]);
    expect(found[0]?.grammar).toBe(policyGrammar[code]);
  });

  test("every way to break the grammar that a document can have", () => {
    const tried = new Set(wrong.map(([, code]) => code));
    const codes = Object.keys(policyGrammar).filter((code) => code !== "syntax");
    expect(codes.filter((code) => !tried.has(code as PolicyMistakeCode))).toEqual([]);
  });
});
