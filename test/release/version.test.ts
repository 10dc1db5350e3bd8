import { describe, expect, it } from "vitest";
import {
  chooseVersion,
  compareVersions,
  type KnownVersions,
  parseVersion,
  partsOf,
  versionsOfGitTags,
} from "../../src/release/planning/version.ts";
import type { VersionWish } from "../../src/release/request.ts";

interface World {
  readonly registry?: readonly string[];
  readonly tags?: readonly string[];
  readonly atHead?: readonly string[];
  readonly shallow?: boolean;
  readonly prefix?: string;
}

function choose(
  wish: VersionWish,
  { registry = [], tags = [], atHead = [], shallow = false, prefix = "v" }: World = {},
) {
  const git = { tags: [...tags, ...atHead], tagsAtHead: atHead, shallow };
  const known: KnownVersions = { registry, git, gitPrefix: prefix };
  const choice = chooseVersion(wish, known);
  return "problem" in choice ? choice.problem.code : choice.version;
}

const bump = (kind: "major" | "minor" | "patch" | "prerelease", preid?: string): VersionWish => ({
  kind: "bump",
  bump: kind,
  ...(preid !== undefined && { preid }),
});
const headTag: VersionWish = { kind: "git-tag" };
const exact = (version: string): VersionWish => ({ kind: "exact", version });

describe("the next version", () => {
  it.each<[VersionWish, World, string]>([
    [bump("major"), { registry: ["1.4.2"] }, "2.0.0"],
    [bump("minor"), { registry: ["1.4.2"] }, "1.5.0"],
    [bump("patch"), { registry: ["1.4.2"] }, "1.4.3"],
    [bump("patch"), {}, "0.0.1"],
    [bump("patch"), { registry: ["1.9.0", "1.10.0"] }, "1.10.1"],
    [bump("patch"), { registry: ["1.4.0"], tags: ["v1.5.0"] }, "1.5.1"],
    [bump("patch"), { registry: ["1.6.0"], tags: ["v1.5.0"] }, "1.6.1"],
    [bump("patch"), { registry: ["1.5.0-rc.1"] }, "1.5.0"],
    [bump("minor"), { registry: ["1.5.0-rc.1"] }, "1.5.0"],
    [bump("prerelease"), { registry: ["1.4.2"] }, "1.4.3-0"],
    [bump("prerelease", "rc"), { registry: ["1.4.2"] }, "1.4.3-rc.0"],
    [bump("prerelease", "rc"), { registry: ["1.5.0-rc.1"] }, "1.5.0-rc.2"],
    [bump("prerelease"), { registry: ["1.5.0-rc.1"] }, "1.5.0-rc.2"],
    [bump("patch"), { registry: ["1.4.0+build.7"] }, "1.4.1"],
    [bump("patch"), { tags: ["payments@1.2.3", "billing@9.0.0"], prefix: "payments@" }, "1.2.4"],
    [bump("patch"), { registry: ["1.0.0"], shallow: true }, "SHALLOW_CLONE"],
    [bump("patch"), { tags: ["v1.0.0"], shallow: true }, "1.0.1"],
  ])("%j in %j: %s", (wish, world, expected) => {
    expect(choose(wish, world)).toBe(expected);
  });
});

describe("the version at HEAD", () => {
  it.each<[World, string]>([
    [{ atHead: ["v1.4.0"] }, "1.4.0"],
    [{ atHead: ["v1.4.0", "unrelated", "v2"] }, "1.4.0"],
    [{ atHead: ["payments/v1.4.0"], prefix: "payments/v" }, "1.4.0"],
    [{ atHead: ["1.4.0", "v1.4.0"], prefix: "" }, "1.4.0"],
    [{ atHead: ["v1.4.0", "v1.5.0"] }, "VERSION_AMBIGUOUS"],
    [{ tags: ["v1.4.0"] }, "VERSION_MISSING"],
    [{ shallow: true }, "SHALLOW_CLONE"],
    [{ atHead: ["v1.4.0"], shallow: true }, "1.4.0"],
  ])("%j: %s", (world, expected) => {
    expect(choose(headTag, world)).toBe(expected);
  });
});

describe("a version asked for", () => {
  it.each<[string, World, string]>([
    ["1.4.0", {}, "1.4.0"],
    ["v1.4.0", {}, "1.4.0"],
    ["1.4.0-rc.1+build.7", {}, "1.4.0-rc.1+build.7"],
    ["1.4.0", { atHead: ["v1.4.0"] }, "1.4.0"],
    ["1.4.0", { tags: ["v1.4.0"] }, "GIT_TAG_ELSEWHERE"],
    ["1.4.0", { tags: ["billing@1.4.0"], prefix: "payments@" }, "1.4.0"],
    ["1.4.0", { shallow: true }, "1.4.0"],
    ["1.4", {}, "VERSION_INVALID"],
    ["01.4.0", {}, "VERSION_INVALID"],
    ["latest", {}, "VERSION_INVALID"],
  ])("%s in %j: %s", (version, world, expected) => {
    expect(choose(exact(version), world)).toBe(expected);
  });
});

describe("versions", () => {
  it("keep their build metadata, and have a total order by it", () => {
    expect(parseVersion("1.0.0+a.1")).toBe("1.0.0+a.1");
    const sorted = ["1.0.0-rc.1", "1.0.0", "1.0.0+a", "1.0.0+b", "1.10.0"];
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
  });

  it("of git tags are those with the prefix alone", () => {
    const tags = ["app@1.0.0", "app@next", "other@2.0.0", "3.0.0"];
    expect(versionsOfGitTags(tags, "app@")).toEqual(["1.0.0"]);
  });
});

describe("partsOf", () => {
  it("reads each version once, however often it is compared", () => {
    expect(partsOf("v1.4.0-rc.1+5")).toMatchObject({ minor: 4, prerelease: ["rc", 1] });
    expect(partsOf("v1.4.0-rc.1+5")).toBe(partsOf("v1.4.0-rc.1+5"));
  });

  it.each(["sha-0123456", "latest", "1.4", ""])("knows that '%s' is none", (text) => {
    expect(partsOf(text)).toBeNull();
  });
});
