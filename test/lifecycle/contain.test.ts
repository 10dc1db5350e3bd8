import fc from "fast-check";
import { expect, test } from "vitest";
import { containsPattern, containsSelection } from "../../src/lifecycle/contain.ts";
import { compilePattern } from "../../src/lifecycle/select.ts";

test("a pattern is contained only where every tag that it matches is matched", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 5 });
  const tag = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
  let contained = 0;
  fc.assert(
    fc.property(text, text, fc.array(tag), (wide, narrow, tags) => {
      if (!containsPattern(wide, narrow)) return;
      contained += 1;
      for (const each of tags.filter(compilePattern(narrow))) {
        expect(compilePattern(wide)(each)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
  expect(contained).toBeGreaterThan(500);
  const selection = (tagPatternList: string[]) => ({
    tagStatus: "tagged" as const,
    tagPatternList,
    countType: "imageCountMoreThan" as const,
    countNumber: 1,
  });
  expect(containsSelection(selection(["a*"]), selection(["ab*", "c"]))).toBe(true);
  expect(containsSelection(selection(["a*", "c*"]), selection(["ab*"]))).toBe(false);
});
