import { describe, expect, it } from "vitest";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { tagsToAsk } from "../../src/release/planning/unlisted.ts";
import { gitFacts, type ImageFacts, observed, request, shaTag } from "./facts.ts";

const unlisted = { action: "ecr:DescribeImages", resource: "arn", message: "not allowed" };

/** What becomes of the tag `latest` of 1.4.0, where these images were found by tag. */
function latest(...images: readonly ImageFacts[]) {
  const asked = request();
  const { steps } = planRelease(asked, observed(asked, { targets: [{ images, unlisted }] }));
  return steps.flatMap((step) => {
    if (step.action === "tag" && step.tag === "latest") return [`moved: ${step.because}`];
    return step.action === "keep" && step.what === "tag latest" ? [`kept: ${step.because}`] : [];
  });
}

const other = (tags: readonly string[], says?: string): ImageFacts => ({
  name: "other",
  tags,
  whose: "other",
  ...(says !== undefined && { says }),
});

describe("a floating tag where the versions may not be listed", () => {
  it.each<[string, ImageFacts[], RegExp]>([
    ["it is free", [], /^moved: 1\.4\.0 is the newest/],
    ["its image has a lower version tag", [other(["latest", "1.3.0"])], /^moved/],
    ["its image has a higher version tag", [other(["latest", "1.5.0"])], /^kept: 1\.5\.0 is newer/],
    ["its image says a lower version", [other(["latest"], "1.3.9")], /^moved/],
    ["its image says a higher version", [other(["latest"], "v2.0.0")], /^kept: 2\.0\.0 is newer/],
    ["its image says what is no version", [other(["latest"], "main")], /^kept: nobody says/],
    ["its image says nothing", [other(["latest"])], /^kept: nobody says which version sha256/],
    [
      "a version that git names is higher than the one it is at",
      [other(["latest", "1.3.0"]), { name: "newer", tags: ["1.5.0"], whose: "other" }],
      /^kept: 1\.5\.0/,
    ],
    [
      "it is at this release's image",
      [{ name: "ours", tags: ["1.4.0", "latest"] }],
      /^kept: it already/,
    ],
  ])("%s", (_world, images, said) => {
    expect(latest(...images)).toEqual([expect.stringMatching(said)]);
  });
});

describe("the tags that are asked for", () => {
  const { tags } = request();
  const own = { tags: ["1.4.0", shaTag, "latest"].map((tag) => ({ tag })) };
  const ask = (...gitTags: string[]) =>
    tagsToAsk(
      request({ tags: { ...tags, version: ["app-{version}"] } }),
      gitFacts({ tags: gitTags }),
      own,
    );

  it("are the release's own and the versions of git, in the registry's form", () => {
    expect(ask("v1.3.0", "v1.4.0-rc.1", "v1.0.0+2", "other-1.0.0")).toEqual(
      expect.arrayContaining([
        "1.4.0",
        shaTag,
        "latest",
        "app-1.3.0",
        "app-1.4.0-rc.1",
        "app-1.0.0_2",
      ]),
    );
  });

  it("are no more than two questions hold, the newest", () => {
    const asked = ask(...Array.from({ length: 500 }, (_, patch) => `v1.0.${patch}`));
    expect(asked).toHaveLength(203);
    expect(asked).toContain("app-1.0.499");
    expect(asked).not.toContain("app-1.0.299");
  });
});
