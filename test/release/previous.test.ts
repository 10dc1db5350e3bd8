import { expect, test } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { previousRelease } from "../../src/release/planning/previous.ts";

const image = (tag: string, status: "ACTIVE" | "ARCHIVED" = "ACTIVE") => ({
  digest: digestOf(tag),
  tags: [tag, "latest"],
  status,
  pushedAt: "",
});
const templates = { version: ["{version}"] } as unknown as Parameters<
  typeof previousRelease
>[0]["tags"];
const before = (version: string, ...targets: Parameters<typeof previousRelease>[1]) =>
  previousRelease({ tags: templates }, targets, { version });

test("the highest version below, whatever order they stand in, at the first target that has it", () => {
  const one = {
    id: "1/a",
    images: [image("1.0.0"), image("2.0.0"), image("1.10.0"), image("1.9.0")],
  };
  const two = { id: "1/b", images: [image("1.10.0")] };
  expect(before("1.11.0", one, two)).toMatchObject({ version: "1.10.0", target: "1/a" });
  expect(before("1.11.0", two, one)).toMatchObject({ version: "1.10.0", target: "1/b" });
});

test("not the version itself, a higher one, or one that is archived", () => {
  const target = {
    id: "1/a",
    images: [image("1.0.0"), image("1.1.0"), image("0.9.0", "ARCHIVED")],
  };
  expect(before("1.0.0", target)).toBeUndefined();
});
