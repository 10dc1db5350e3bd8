import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { promotedTags, versionsOf } from "../../src/promotion/tags.ts";
import { isFixed } from "../../src/release/planning/tags.ts";
import type { TagTemplates } from "../../src/release/request.ts";

const templates: TagTemplates = {
  version: ["{version}"],
  commit: ["sha-{sha:12}"],
  floating: ["{major}.{minor}", "{major}", "latest"],
  channel: ["{channel}"],
  gitPrefix: "v",
};

const tagsOf = (
  tags: readonly string[],
  { named, of = templates }: { named?: readonly string[]; of?: TagTemplates } = {},
) => promotedTags({ tags, companions: [] }, of, named).map(({ tag, kind }) => `${kind} ${tag}`);

describe("the tags that an image takes along", () => {
  it.each([
    ["nothing", ["main", "nightly-2"], []],
    [
      "a release",
      ["1.4.0", "sha-0123456789ab", "main", "latest"],
      ["version 1.4.0", "commit sha-0123456789ab", "floating 1.4", "floating 1", "floating latest"],
    ],
    [
      "a candidate that became the release",
      ["1.4.0-rc.1", "1.4.0"],
      [
        ...["version 1.4.0-rc.1", "version 1.4.0", "channel rc"],
        ...["floating 1.4", "floating 1", "floating latest"],
      ],
    ],
    [
      "build metadata",
      ["1.4.0_2"],
      ["version 1.4.0_2", "floating 1.4", "floating 1", "floating latest"],
    ],
    [
      "a changed tree, which moves no tag",
      ["1.4.0-dirty-52702870", "sha-0123456789ab-dirty-52702870"],
      ["version 1.4.0-dirty-52702870", "commit sha-0123456789ab-dirty-52702870"],
    ],
    ["what only looks like one", ["1.4", "sha-xyz", "v1.4.0"], []],
  ])("%s", (_what, tags, expected) => {
    expect(tagsOf(tags)).toEqual(expected);
  });

  it("are found by templates of another form", () => {
    const of = { ...templates, version: ["v{version}"], commit: ["{branch}-{sha:7}"] };
    expect(tagsOf(["v2.0.0", "main-0123456", "2.0.0"], { of })).toEqual([
      ...["version v2.0.0", "commit main-0123456"],
      ...["floating 2.0", "floating 2", "floating latest"],
    ]);
  });

  it("leave out floating tags that a version alone does not fill", () => {
    const of = { ...templates, floating: ["{branch}", "{date}", "{major}"] };
    expect(tagsOf(["1.4.0"], { of })).toEqual(["version 1.4.0", "floating 1"]);
  });

  it("are those that were named, each by the rule that its template gives it", () => {
    const named = ["production", "1.4.0", "latest", "sha-0123456789ab", "9.9.9"];
    expect(tagsOf(["1.4.0"], { named })).toEqual([
      ...["named production", "version 1.4.0", "floating latest"],
      ...["commit sha-0123456789ab", "version 9.9.9"],
    ]);
  });

  it("begin with what is found beside a digest, also when others are named", () => {
    const tag = `${digestOf("image").replace(":", "-")}.sig`;
    const image = { tags: ["1.4.0"], companions: [{ tag, digest: digestOf("signature") }] };
    const [first, ...rest] = promotedTags(image, templates, ["production"]);
    expect(first).toMatchObject({ kind: "companion", tag });
    expect(rest).toMatchObject([{ kind: "named", tag: "production" }]);
  });
});

it("takes every version along and no tag twice", () => {
  const version = fc
    .tuple(fc.nat(20), fc.nat(20), fc.nat(20))
    .map(([major, minor, patch]) => `${major}.${minor}.${patch}`);
  fc.assert(
    fc.property(fc.uniqueArray(version, { minLength: 1, maxLength: 6 }), (versions) => {
      const tags = promotedTags({ tags: versions, companions: [] }, templates, undefined);
      expect(
        tags
          .filter(isFixed)
          .map(({ tag }) => tag)
          .sort(),
      ).toEqual([...versions].sort());
      expect(new Set(tags.map(({ tag }) => tag)).size).toBe(tags.length);
      expect(versionsOf({ tags: versions }, templates).length).toBe(versions.length);
    }),
  );
});
