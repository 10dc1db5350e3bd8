import { expect, test } from "vitest";
import { insertAbove, replaceRule } from "../../src/lifecycle/edit.ts";
import { compareEffects } from "../../src/lifecycle/effect.ts";
import { floatingTags, newestReleases, releaseOf } from "../../src/lifecycle/tags.ts";
import { image, now, policy } from "./repository.ts";

test("compares what two policies do with the same images, in images and bytes", () => {
  const images = [
    image("A", 10, { tags: ["v1"], size: 5 }),
    image("B", 9, { tags: ["dev"], size: 70 }),
    image("C", 1, { size: 900 }),
  ];
  const effect = compareEffects(
    images,
    { before: policy([["v*"], "pushed", 3]), after: policy([["dev"], "pushed", 3]) },
    now,
  );
  expect(
    effect.changes.map(({ digest, before, after }) => [digest, before.fate, after.fate]),
  ).toEqual([
    ["A", "expires", "kept"],
    ["B", "kept", "expires"],
  ]);
  expect(effect.before.expires).toEqual({ images: 1, bytes: 5 });
  expect(effect.after).toEqual({
    kept: { images: 2, bytes: 905 },
    expires: { images: 1, bytes: 70 },
    archived: { images: 0, bytes: 0 },
    blocked: { images: 0, bytes: 0 },
  });
  const without = compareEffects(images, { before: undefined, after: undefined }, now);
  expect(without).toMatchObject({ changes: [], before: { kept: { images: 3, bytes: 975 } } });
});

test("reads release tags of every family, and no others", () => {
  expect(releaseOf("v1.20.3")).toEqual({ family: "v", version: [1, 20, 3] });
  expect(releaseOf("api-1.2.3_7")).toEqual({ family: "api-", version: [1, 2, 3] });
  const others = ["1.2", "1.2.3-rc.1", "sha-1.2.3x", "2026.11", "latest", "1.2.3.4"];
  expect(others.map(releaseOf)).toEqual(others.map(() => undefined));
});

test("knows floating tags by name and by their line, and not build numbers", () => {
  const tags = ["v1.4.0", "v1.4", "v1", "v2", "latest", "4711", "api-2.0.1", "api-2", "dev-1"];
  expect([...floatingTags(tags)]).toEqual(["v1.4", "v1", "latest", "api-2"]);
});

test("counts releases by version, each family for itself", () => {
  const images = ["1.9.0", "1.10.0", "0.1.0", "web-0.0.1", "2.0.0-rc.1"].map((tag, age) =>
    image(tag, age, { tags: [tag, `sha-${age}`] }),
  );
  expect([...newestReleases(images, 2).keys()]).toEqual(["1.10.0", "1.9.0", "web-0.0.1"]);
  expect(newestReleases(images, 0).size).toBe(0);
});

test("counts an image with one version under several tags as one release", () => {
  const images = ["1.4.0", "1.3.0", "1.2.0"].map((tag, age) =>
    image(tag, age, { tags: [tag, `${tag}_build.${age}`] }),
  );
  const newest = newestReleases(images, 2);
  expect([...newest]).toEqual([
    ["1.4.0", "1.4.0"],
    ["1.3.0", "1.3.0"],
  ]);
  expect([...newestReleases(images, 3).keys()]).toEqual(["1.4.0", "1.3.0", "1.2.0"]);
});

test("puts rules in their place and moves others only where there is no room", () => {
  const rules = policy(["untagged", "pushed", 1], [["v*"], "count", 3], ["any", "count", 9]);
  const [, added] = policy(["untagged", "count", 1], [["main"], "count", 1]).rules;
  const { rulePriority: _, ...rule } = added as (typeof rules.rules)[number];
  const spread = {
    rules: rules.rules.map((each) => ({ ...each, rulePriority: each.rulePriority * 10 })),
  };
  const priorities = ({ rules: all }: typeof rules) => all.map(({ rulePriority }) => rulePriority);
  expect(insertAbove(rules, 2, [rule]).rules).toEqual([{ rulePriority: 2, ...rule }]);
  expect(priorities(insertAbove(rules, 2, [rule]).policy)).toEqual([1, 2, 3, 4]);
  expect(priorities(insertAbove(spread, 20, [rule, rule]).policy)).toEqual([10, 11, 12, 20, 30]);
  expect(priorities(replaceRule(rules, 2, []).policy)).toEqual([1, 3]);
  expect(priorities(replaceRule(rules, 1, [rule]).policy)).toEqual([1, 2, 3]);
});
