import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPolicy } from "../../src/lifecycle/check.ts";
import { parsePolicyText } from "../../src/lifecycle/parse.ts";
import { canonicalPolicy, formatPolicy, type LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import { samePolicy, shuffled, validPolicy } from "../support/policies.ts";

const reordered = (policy: LifecyclePolicy) =>
  fc
    .tuple(
      shuffled(policy.rules),
      fc.infiniteStream(fc.boolean()).map((stream) => stream.next().value),
    )
    .map(([rules, reverse]) => ({
      rules: rules.map((rule) => {
        const { tagPatternList, tagPrefixList, storageClass, ...rest } = rule.selection;
        const turn = (list: readonly string[]) =>
          reverse ? [...list].reverse() : [...list, ...list.slice(0, 1)];
        return {
          ...rule,
          selection: {
            ...rest,
            ...(tagPrefixList && { tagPrefixList: turn(tagPrefixList) }),
            ...(tagPatternList && { tagPatternList: turn(tagPatternList) }),
            ...(storageClass === "archive" || reverse
              ? { storageClass: storageClass ?? "standard" }
              : {}),
          },
        } as LifecyclePolicy["rules"][number];
      }),
    }));

describe("samePolicy", () => {
  test("does not mind the order of rules and lists, repeats and the default storage class", () => {
    const pairs = validPolicy.chain((policy) => fc.tuple(fc.constant(policy), reordered(policy)));
    fc.assert(
      fc.property(pairs, ([policy, other]) => {
        expect(samePolicy(policy, other)).toBe(true);
      }),
    );
  });

  test("minds every value", () => {
    fc.assert(
      fc.property(validPolicy, fc.nat(), (policy, pick) => {
        const index = pick % policy.rules.length;
        const change = (to: (rule: LifecyclePolicy["rules"][number]) => object) =>
          ({
            rules: policy.rules.map((rule, at) => (at === index ? { ...rule, ...to(rule) } : rule)),
          }) as LifecyclePolicy;
        const others = [
          change(({ description = "" }) => ({ description: `${description}!` })),
          change(({ rulePriority }) => ({ rulePriority: rulePriority + 1000 })),
          change(({ selection }) => ({
            selection: { ...selection, countNumber: selection.countNumber + 1 },
          })),
          { rules: policy.rules.filter((_, at) => at !== index) },
        ];
        for (const other of others) expect(samePolicy(policy, other)).toBe(false);
      }),
    );
  });
});

describe("formatPolicy", () => {
  test("parse, format, parse is the identity on canonical policies", () => {
    fc.assert(
      fc.property(validPolicy, (policy) => {
        const text = formatPolicy(policy);
        expect(parsePolicyText(text, { file: "p.json" })).toEqual({
          policy: canonicalPolicy(policy),
        });
        expect(formatPolicy(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("gives the same policy, still valid", () => {
    fc.assert(
      fc.property(validPolicy, (policy) => {
        const canonical = canonicalPolicy(policy);
        expect(samePolicy(policy, canonical)).toBe(true);
        expect(checkPolicy(canonical)).toEqual({ policy: canonical });
      }),
    );
  });

  test("leaves out the default storage class and everything that is not of the policy", () => {
    const selection = {
      tagStatus: "tagged",
      tagPrefixList: ["b", "a", "b"],
      storageClass: "standard",
      countType: "imageCountMoreThan",
      countNumber: 3,
    } as const;
    const policy = { rules: [{ action: { type: "expire" }, selection, rulePriority: 1 }] } as const;
    expect(formatPolicy(policy)).toBe(
      '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["a","b"],"countType":"imageCountMoreThan","countNumber":3},"action":{"type":"expire"}}]}',
    );
  });
});
