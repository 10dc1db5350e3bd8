import { describe, expect, it } from "vitest";
import { isTag } from "../../src/oci/reference.ts";
import {
  channelOf,
  decideFloating,
  dirtyVersion,
  renderTag,
  type TagFacts,
  versionsOfTags,
  wantedTags,
} from "../../src/release/planning/tags.ts";
import { parseVersion } from "../../src/release/planning/version.ts";
import type { TagTemplates } from "../../src/release/request.ts";
import { commit, request, shaTag } from "./facts.ts";

const facts = (fields: Partial<TagFacts> = {}): TagFacts => ({
  version: "1.4.0",
  commit,
  committedAt: "2026-11-20T23:30:00.000Z",
  branch: "main",
  worktree: null,
  ...fields,
});
const templates = (fields: Partial<TagTemplates> = {}) => ({ ...request().tags, ...fields });

function wanted(fields: Partial<TagFacts>, own: Partial<TagTemplates> = {}) {
  const { tags, problems } = wantedTags(templates(own), facts(fields));
  return [...tags.map(({ tag }) => tag), ...problems.map(({ code }) => code)];
}

describe("renderTag", () => {
  it.each<[string, Partial<TagFacts>, string]>([
    ["{version}", { version: "1.4.0-rc.1+b.7" }, "1.4.0-rc.1_b.7"],
    ["{major}.{minor}.{patch}", {}, "1.4.0"],
    ["{prerelease}", { version: "1.4.0-rc.1" }, "rc.1"],
    ["{channel}", { version: "1.4.0-beta.2" }, "beta"],
    ["{sha}", {}, commit],
    ["sha-{sha:7}", {}, "sha-0123456"],
    ["{branch}", { branch: "feature/#1 x" }, "feature-1-x"],
    ["{date}", {}, "20261120"],
    ["{nothing}", {}, "{nothing}"],
  ])("%s of %j: %s", (template, fields, tag) => {
    expect(renderTag(template, facts(fields))).toBe(tag);
  });
});

describe("the tags of a release", () => {
  it.each<[string, Partial<TagFacts>, Partial<TagTemplates>, string[]]>([
    ["a version", {}, {}, ["1.4.0", shaTag, "1.4", "1", "latest"]],
    ["major 0: no bare 0", { version: "0.3.1" }, {}, ["0.3.1", shaTag, "0.3", "latest"]],
    ["a prerelease floats nowhere", { version: "1.4.0-rc.1" }, {}, ["1.4.0-rc.1", shaTag]],
    [
      "its channel",
      { version: "1.4.0-rc.1" },
      { channel: ["{channel}"] },
      ["1.4.0-rc.1", shaTag, "rc"],
    ],
    [
      "a prerelease of numbers has no channel",
      { version: "1.4.0-1" },
      { channel: ["{channel}"] },
      ["1.4.0-1", shaTag],
    ],
    ["build metadata", { version: "1.4.0+7" }, { floating: [] }, ["1.4.0_7", shaTag]],
    [
      "the same tag twice is one",
      {},
      { floating: ["{version}", "latest", "latest"] },
      ["1.4.0", shaTag, "latest"],
    ],
    ["a branch", {}, { floating: ["{branch}"] }, ["1.4.0", shaTag, "main"]],
    [
      "a detached HEAD",
      { branch: null },
      { floating: ["on-{branch}"] },
      ["1.4.0", shaTag, "on-{branch}", "DETACHED_HEAD"],
    ],
    ["an illegal tag", {}, { floating: [".{major}"] }, ["1.4.0", shaTag, ".1", "TAG_ILLEGAL"]],
    ["an unknown placeholder", {}, { floating: ["{x}"] }, ["1.4.0", shaTag, "{x}", "TAG_ILLEGAL"]],
  ])("%s", (_what, fields, own, expected) => {
    expect(wanted(fields, own)).toEqual(expected);
  });

  it("says which template gives too long a tag", () => {
    const version = `1.4.0-${"x".repeat(123)}`;
    expect(wantedTags(templates({ commit: [] }), facts({ version })).problems).toMatchObject([
      { code: "TAG_ILLEGAL", message: expect.stringContaining("'{version}' gives '1.4.0-xxx") },
    ]);
  });
});

describe("a changed working tree", () => {
  const worktree = "0123456789abcdef0123456789abcdef01234567";

  it.each([
    ["1.4.0", "1.4.0-dirty-01234567"],
    ["1.4.0-rc.1", "1.4.0-rc.1.dirty-01234567"],
    ["1.4.0+b.7", "1.4.0-dirty-01234567+b.7"],
    ["1.4.0-rc.1+b.7", "1.4.0-rc.1.dirty-01234567+b.7"],
  ])("marks %s as %s, a version of its own", (version, dirty) => {
    expect(dirtyVersion(version, worktree)).toBe(dirty);
    expect(parseVersion(dirty)).toBe(dirty);
    expect(dirtyVersion(version, null)).toBe(version);
  });

  it.each(["1.4.0", "1.4.0-rc.1", "1.4.0+b.7"])("moves no tag of others: %s", (version) => {
    const dirty = dirtyVersion(version, worktree);
    const tags = wanted({ version: dirty, worktree }, { channel: ["{channel}", "edge"] });
    expect(tags).toEqual([dirty.replace("+", "_"), `${shaTag}-dirty-01234567`]);
    expect(tags.filter((tag) => !isTag(tag))).toEqual([]);
  });
});

describe("versionsOfTags", () => {
  it("reads versions back, and takes nothing else for one", () => {
    const tags = [
      "1.4.0",
      "1.4",
      "latest",
      "v2.0.0",
      "1.4.0-rc.1",
      "1.4.0_b",
      "1.4.0+b",
      "sha-1",
      "01.0.0",
    ];
    expect([...versionsOfTags(tags, ["{version}"])]).toEqual([
      ["1.4.0", "1.4.0"],
      ["1.4.0-rc.1", "1.4.0-rc.1"],
      ["1.4.0+b", "1.4.0_b"],
    ]);
  });

  it("by the first template alone", () => {
    const tags = ["app-1.0.0-alpine", "1.0.0", "app-", "-alpine"];
    expect([...versionsOfTags(tags, ["app-{version}-alpine", "{version}"]).keys()]).toEqual([
      "1.0.0",
    ]);
  });
});

describe("decideFloating", () => {
  const floating = (tag: string, template: string, kind: "floating" | "channel" = "floating") => ({
    tag,
    template,
    kind,
  });

  it.each<[string, ReturnType<typeof floating>, string, string[], boolean]>([
    [
      "1.3.9 after 1.4.0 moves 1.3",
      floating("1.3", "{major}.{minor}"),
      "1.3.9",
      ["1.3.8", "1.4.0"],
      true,
    ],
    ["and not 1", floating("1", "{major}"), "1.3.9", ["1.3.8", "1.4.0"], false],
    ["and not latest", floating("latest", "latest"), "1.3.9", ["1.4.0"], false],
    ["the first moves", floating("latest", "latest"), "1.0.0", [], true],
    ["the same again moves", floating("latest", "latest"), "1.0.0", ["1.0.0"], true],
    ["1.10 is above 1.9", floating("1", "{major}"), "1.10.0", ["1.9.0"], true],
    ["a prerelease holds no one back", floating("1", "{major}"), "1.4.0", ["1.5.0-rc.1"], true],
    [
      "rc.2 before rc.10",
      floating("rc", "{channel}", "channel"),
      "1.4.0-rc.2",
      ["1.4.0-rc.10"],
      false,
    ],
    [
      "channels apart",
      floating("beta", "{channel}", "channel"),
      "1.4.0-beta.1",
      ["1.4.0-rc.1"],
      true,
    ],
    [
      "a release holds no channel back",
      floating("rc", "{channel}", "channel"),
      "1.4.0-rc.1",
      ["1.4.0"],
      true,
    ],
    ["build metadata is ordered", floating("latest", "latest"), "1.0.0+a", ["1.0.0+b"], false],
  ])("%s", (_what, tag, version, known, move) => {
    const decided = decideFloating(tag, version, known);
    expect(decided.move).toBe(move);
    expect(decided.because).toContain(move ? version : (known.at(-1) ?? ""));
  });

  it.each([
    ["1.4.0-beta.2", "beta"],
    ["1.4.0-0.rc", "rc"],
    ["1.4.0-2", ""],
    ["1.4.0", ""],
  ])("the channel of %s is '%s'", (version, channel) => {
    expect(channelOf(version)).toBe(channel);
  });
});
