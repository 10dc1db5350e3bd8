import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTagLocked, matchesWildcard } from "../../src/local/mutability.ts";

describe("tag exclusion filters", () => {
  test.each([
    ["latest", "latest", true],
    ["latest", "latest-1", false],
    ["latest*", "latest", true],
    ["*-dev", "1.0-dev", true],
    ["*-dev", "1.0-dev2", false],
    ["v*.*", "v1.2", true],
    ["v*.*", "v12", false],
    ["a*a", "a", false],
    ["1.0", "1x0", false],
    ["*", "anything", true],
  ])("%s and %s: %s", (pattern, tag, expected) => {
    expect(matchesWildcard(pattern, tag)).toBe(expected);
  });

  const letters = fc.constantFrom("a", "b", ".", "-", "_");
  const tags = fc.string({ unit: letters, maxLength: 12 });
  const patterns = fc.string({
    unit: fc.oneof(letters, fc.constant("*")),
    maxLength: 8,
  });

  test("agree with the regular expression that they stand for", () => {
    fc.assert(
      fc.property(patterns, tags, (pattern, tag) => {
        const source = pattern
          .split("*")
          .map((part) => part.replaceAll(".", "\\.").replaceAll("-", "\\-"))
          .join(".*");
        expect(matchesWildcard(pattern, tag)).toBe(new RegExp(`^${source}$`).test(tag));
      }),
      { numRuns: 2000 },
    );
  });

  test("turn a setting into its opposite for the tags they match", () => {
    fc.assert(
      fc.property(patterns, tags, (pattern, tag) => {
        const locked = (mutability: "MUTABLE_WITH_EXCLUSION" | "IMMUTABLE_WITH_EXCLUSION") =>
          isTagLocked({ mutability, exclusions: [pattern] }, tag);
        expect(locked("MUTABLE_WITH_EXCLUSION")).toBe(matchesWildcard(pattern, tag));
        expect(locked("IMMUTABLE_WITH_EXCLUSION")).toBe(!matchesWildcard(pattern, tag));
      }),
    );
  });

  test("mean nothing without the setting", () => {
    expect(isTagLocked({ mutability: "MUTABLE", exclusions: ["*"] }, "1.0")).toBe(false);
    expect(isTagLocked({ mutability: "IMMUTABLE", exclusions: ["*"] }, "1.0")).toBe(true);
  });
});
