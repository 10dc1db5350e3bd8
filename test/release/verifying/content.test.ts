import { expect, it } from "vitest";
import { digestOf } from "../../../src/oci/manifest.ts";
import { contentCheck } from "../../../src/release/verifying/checks.ts";

const tree = { root: digestOf("root"), nodes: [] };
const lacking = (...names: string[]) => contentCheck({ tree, missing: names.map(digestOf) });

it("an image that lacks much is told of by a few digests and how many more there are", () => {
  const [a, b, c] = ["a", "b", "c"].map(digestOf);
  expect(lacking("a", "b", "c").found).toBe(`lacks ${a}, ${b}, ${c}`);
  expect(lacking("a", "b", "c", "d", "e").found).toBe(`lacks ${a}, ${b}, ${c} and 2 more`);
});
