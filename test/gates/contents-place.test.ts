import { describe, expect, test } from "vitest";
import { allowing } from "../../src/gates/contents/place.ts";

describe("paths that are allowed", () => {
  test.each([
    ["/opt/demo/*.pem", "opt/demo/a.pem", true],
    ["opt/demo/*.pem", "opt/demo/.pem", true],
    ["opt/demo/*.pem", "opt/demo/deep/a.pem", false],
    ["opt/*/a.pem", "opt/a.pem", false],
    ["opt/**/a.pem", "opt/a.pem", true],
    ["opt/**/a.pem", "opt/x/y/a.pem", true],
    ["opt/**/a.pem", "opt/xa.pem", false],
    ["**/*.pem", "a.pem", true],
    ["opt/**", "opt/", true],
    ["opt/**", "opt", false],
    ["opt**pem", "opt/x/a.pem", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["a.c", "abc", false],
    ["a+(b)[c]", "a+(b)[c]", true],
    ["a*", "a\nb", true],
    ["", "a", false],
  ])("%j and %j: %j", (glob, path, isAllowed) => {
    expect(allowing([glob])(path)).toBe(isAllowed);
    expect(allowing(["no/such", glob])(path)).toBe(isAllowed);
  });

  test("are found at once, however many stars a glob has", () => {
    expect(allowing([`${"*a".repeat(30)}*b`])("a".repeat(255))).toBe(false);
    expect(allowing([`${"**/a*".repeat(30)}b`])("a/".repeat(2000))).toBe(false);
  });
});
