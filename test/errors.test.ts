import { describe, expect, it } from "vitest";
import { type Code, codes, SlipwayError } from "../src/errors.ts";

describe("SlipwayError", () => {
  it("carries code, sentence, suggestions and cause", () => {
    const cause = new Error("socket hang up");
    const error = new SlipwayError("NOT_FOUND", "no tag 1.4.0", { suggestions: ["look"], cause });
    expect(error).toMatchObject({ code: "NOT_FOUND", message: "no tag 1.4.0", cause });
    expect(error.suggestions).toEqual(["look"]);
  });

  it("has no cause of its own when none is given", () => {
    expect("cause" in new SlipwayError("NOT_FOUND", "no tag")).toBe(false);
  });

  it.each([
    ["ACCESS_DENIED", 1],
    ["USAGE", 2],
    ["CONFIG_INVALID", 2],
    ["PLAN_REFUSED", 3],
    ["TAG_IMMUTABLE", 3],
    ["VERIFY_FAILED", 3],
  ] satisfies [Code, number][])("%s ends the process with %i", (code, exit) => {
    expect(new SlipwayError(code, "").exit).toBe(exit);
  });
});

describe("the codes", () => {
  it("are upper case and each says what it means and what to do next", () => {
    for (const [name, { means, next }] of Object.entries(codes)) {
      expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(means).toMatch(/^[a-zA-Z].*[^.]$/);
      expect(next).toMatch(/^[a-z].*[^.]$/);
    }
  });
});
