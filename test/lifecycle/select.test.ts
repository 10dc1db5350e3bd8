import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "../../src/lifecycle/select.ts";

test.each([
  ["prod", "prod", true],
  ["prod", "prod1", false],
  ["prod*", "prod", true],
  ["prod*", "production-team1", true],
  ["prod*", "a-prod", false],
  ["*prod*", "repo-production", true],
  ["*prod*", "prod-team", true],
  ["*prod*", "pro", false],
  ["*-rc", "v1-rc", true],
  ["*-rc", "v1-rc2", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*b", "ab", false],
  ["*test*1*2*3", "xtest-1-2-2-3", true],
  ["v1.0", "v1x0", false],
  ["*", "", true],
])("pattern %s on tag %s: %s", (pattern, tag, matches) => {
  expect(compilePattern(pattern)(tag)).toBe(matches);
});

test("a pattern matches as the regular expression with the same meaning does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (glob, tag) => {
      const source = glob.replaceAll(".", "\\.").replaceAll("*", ".*");
      expect(compilePattern(glob)(tag)).toBe(new RegExp(`^${source}$`, "s").test(tag));
    }),
    { numRuns: 2000 },
  );
});
