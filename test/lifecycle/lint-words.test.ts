import { expect, test } from "vitest";
import { lintPolicy } from "../../src/lifecycle/lint.ts";
import { image, policy } from "./repository.ts";

test("one image and one tag are told as one", () => {
  const release = image("a", 1, { tags: ["v1.0.0"] });
  const messages = (...rules: Parameters<typeof policy>) =>
    lintPolicy(policy(...rules), [release]).map(({ message }) => message);
  expect(messages([["v*", "dev*"], "count", 3], ["any", "count", 9])).toEqual([
    "v* and dev* must all match the same image: 1 image matches one, 0 match all",
    "1 release tag falls to rule 2, such as v1.0.0",
  ]);
  expect(messages([["dev*"], "count", 3])).toEqual([
    "rule 1 selects none of 1 image; tags here are v1.0.0",
  ]);
});
