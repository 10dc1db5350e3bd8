import { describe, expect, it } from "vitest";
import type { Mutability } from "../../src/ecr/types.ts";
import { isLocked, newRepository, widenedFilters } from "../../src/release/planning/mutability.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { wantedTags } from "../../src/release/planning/tags.ts";
import { commit, observed, request } from "./facts.ts";

const tagsOf = (version: string, templates = request().tags) =>
  wantedTags(templates, { version, commit, committedAt: "", branch: null, worktree: null }).tags;

describe("isLocked", () => {
  it.each<[Mutability, string[], string, boolean]>([
    ["MUTABLE", [], "1.4.0", false],
    ["IMMUTABLE", [], "latest", true],
    ["IMMUTABLE_WITH_EXCLUSION", ["latest"], "latest", false],
    ["IMMUTABLE_WITH_EXCLUSION", ["latest"], "1.4", true],
    ["IMMUTABLE_WITH_EXCLUSION", ["lat*"], "latest", false],
    ["MUTABLE_WITH_EXCLUSION", ["1.*.*"], "1.4.0", true],
    ["MUTABLE_WITH_EXCLUSION", ["1.*.*"], "1.4", false],
    ["MUTABLE_WITH_EXCLUSION", ["1.*.*"], "11.4.0", false],
    ["MUTABLE_WITH_EXCLUSION", ["1.*.*"], "1x4x0", false],
    ["MUTABLE_WITH_EXCLUSION", ["sha-*"], "xsha-1", false],
  ])("%s %j: %s %s", (mutability, mutabilityExclusions, tag, locked) => {
    expect(isLocked({ mutability, mutabilityExclusions }, tag)).toBe(locked);
  });
});

describe("a repository that a release makes", () => {
  const { repository, tags } = request();

  it("locks the shapes of version and commit tags", () => {
    expect(newRepository(repository, tagsOf("1.4.0"))).toEqual({
      mutability: "MUTABLE_WITH_EXCLUSION",
      mutabilityExclusions: ["1.*.*", "sha-*"],
      scanOnPush: false,
      encryption: { type: "AES256" },
      resourceTags: {},
    });
  });

  it("does as the file says", () => {
    const said = { ...repository, mutability: "IMMUTABLE" as const };
    expect(newRepository(said, tagsOf("1.4.0"))).toMatchObject({
      mutability: "IMMUTABLE",
      mutabilityExclusions: [],
    });
  });

  it("locks nothing when every lock would hold a floating tag", () => {
    const templates = { ...tags, commit: ["{sha}"], floating: ["{major}.{minor}.x"] };
    expect(newRepository(repository, tagsOf("1.4.0", templates)).mutability).toBe("MUTABLE");
  });
});

describe("the filters of a repository that a release made", () => {
  it.each<[string, Mutability, string[], string[] | undefined]>([
    [
      "get the new major",
      "MUTABLE_WITH_EXCLUSION",
      ["1.*.*", "sha-*"],
      ["1.*.*", "sha-*", "2.*.*"],
    ],
    ["are enough", "MUTABLE_WITH_EXCLUSION", ["2.*.*", "sha-*"], undefined],
    ["are somebody else's", "MUTABLE_WITH_EXCLUSION", ["prod-*"], undefined],
    ["are of another mode", "IMMUTABLE_WITH_EXCLUSION", ["sha-*"], undefined],
    [
      "give up the lowest major",
      "MUTABLE_WITH_EXCLUSION",
      ["sha-*", "11.*.*", "9.*.*", "1.*.*", "x"],
      ["sha-*", "11.*.*", "9.*.*", "x", "2.*.*"],
    ],
    ["have nothing to give up", "MUTABLE_WITH_EXCLUSION", ["sha-*", "a", "b", "c", "d"], undefined],
  ])("%s", (_what, mutability, mutabilityExclusions, filters) => {
    expect(widenedFilters({ mutability, mutabilityExclusions }, tagsOf("2.0.0"))).toEqual(filters);
  });
});

describe("filters of an image with more majors than there may be", () => {
  const shapes = ["5.0.0", "1.0.0", "4.0.0", "2.0.0", "3.0.0"].flatMap((one) => tagsOf(one));
  const widened = (mutabilityExclusions: readonly string[]) =>
    widenedFilters({ mutability: "MUTABLE_WITH_EXCLUSION", mutabilityExclusions }, shapes);

  it("are those of the highest, and in place for the next run", () => {
    const once = widened(["sha-*", "1.*.*", "9.*.*"]);
    expect(once).toEqual(["sha-*", "5.*.*", "4.*.*", "2.*.*", "3.*.*"]);
    expect(widened(once ?? [])).toBeUndefined();
  });
});

describe("the plan of a release whose tags take a filter from others", () => {
  const because = (mutabilityExclusions: string[]) => {
    const asked = request({ version: { kind: "exact", version: "2.0.0" } });
    const repository = { mutability: "MUTABLE_WITH_EXCLUSION" as const, mutabilityExclusions };
    const { steps } = planRelease(asked, observed(asked, { targets: [{ repository }] }));
    return steps.find(({ action }) => action === "put-tag-mutability")?.because;
  };

  it("says which tags can be moved from now on", () => {
    expect(because(["sha-*", "11.*.*", "9.*.*", "1.*.*", "x"])).toMatch(
      /not yet this release's tags; ECR takes 5, so 1\.\*\.\* is locked no more$/,
    );
    expect(because(["sha-*", "1.*.*"])).toMatch(/not yet this release's tags$/);
  });
});
