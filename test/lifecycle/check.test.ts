import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPolicy } from "../../src/lifecycle/check.ts";
import { policyGrammar } from "../../src/lifecycle/grammar.ts";
import { validPolicy } from "../support/policies.ts";
import { archived, days, type Loose, mistakesIn, rule, tagged, toArchive } from "./rules.ts";

describe("checkPolicy", () => {
  test("names the rule, the value and what was expected", () => {
    const [mistake] = mistakesIn({ rules: [rule({ countNumber: "14" }, { rulePriority: 7 })] });
    expect(mistake).toEqual({
      code: "wrong-type",
      rule: 7,
      path: ["rules", 0, "selection", "countNumber"],
      message: "countNumber is '14', expected a whole number of at least 1",
      grammar: policyGrammar["wrong-type"],
    });
  });

  test("names all mistakes at once, in the order of the rules", () => {
    const document = {
      rules: [
        rule({ tagPrefixList: [], countUnit: "days", countNumber: 0 }),
        { ...rule({ tagStatus: "any", countType: "sinceImagePushed" }), extra: 1 },
      ],
    };
    expect(mistakesIn(document).map(({ code, path }) => `${path[1]} ${code}`)).toEqual([
      "0 list-empty",
      "0 number-too-small",
      "0 list-forbidden",
      "0 unit-forbidden",
      "1 unknown-property",
      "1 unit-required",
      "1 duplicate-priority",
    ]);
  });

  test("offers the property that was meant", () => {
    const document = { Rules: [] };
    expect(mistakesIn(document).map(({ message }) => message)).toEqual([
      "unknown property 'Rules', did you mean 'rules'?",
      "rules is missing, expected a list",
    ]);
  });

  test("takes untagged and any once in each storage class, any last in its own", () => {
    const document = {
      rules: [
        rule({ ...days, tagStatus: "any" }, { rulePriority: 2, ...toArchive }),
        rule({}, { rulePriority: 1 }),
        rule({ ...archived, tagStatus: "any" }, { rulePriority: 4 }),
        rule(archived, { rulePriority: 3 }),
      ],
    };
    expect(checkPolicy(document)).toEqual({ policy: document });
  });

  test("takes the bounds themselves: 50 rules, 4 wildcards, 90 days, 30,720 characters", () => {
    const rules = Array.from({ length: 49 }, (_, index) => ({
      ...tagged({ tagPatternList: [`*a*b*${index}*`] }),
      rulePriority: index + 1,
    }));
    const fiftieth = rule(archived, { rulePriority: 50, description: "" });
    const used = JSON.stringify({ rules: [...rules, fiftieth] }).length;
    const whole = (more: number) => ({
      rules: [...rules, { ...fiftieth, description: "x".repeat(30_720 - used + more) }],
    });
    expect(mistakesIn(whole(0))).toEqual([]);
    expect(mistakesIn(whole(1)).map(({ code }) => code)).toEqual(["too-long"]);
  });

  test("takes every valid policy", () => {
    fc.assert(
      fc.property(validPolicy, (policy) => {
        expect(checkPolicy(policy)).toEqual({ policy });
      }),
    );
  });

  test("answers to any value, and what it takes has the shape of a policy", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(mistakesIn(value).length).toBeGreaterThan(0);
      }),
    );
  });

  test("refuses a valid policy in which one property was made null or taken away", () => {
    const required = [
      "rulePriority",
      "selection",
      "action",
      "tagStatus",
      "countType",
      "countNumber",
    ];
    fc.assert(
      fc.property(validPolicy, fc.nat(), fc.boolean(), (policy, pick, remove) => {
        const copy = structuredClone(policy) as unknown as { rules: Loose[] };
        const target = copy.rules[pick % copy.rules.length] as Loose;
        const holders = [target, target.selection as Loose, target.action as Loose];
        const places = holders.flatMap((holder) =>
          Object.keys(holder).map((key) => [holder, key] as const),
        );
        const usable = places.filter(([, key]) => !remove || required.includes(key));
        const [holder, key] = usable[pick % usable.length] as (typeof usable)[number];
        if (remove) delete holder[key];
        else holder[key] = null;
        expect(mistakesIn(copy).length).toBeGreaterThan(0);
      }),
    );
  });
});
