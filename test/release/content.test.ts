import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { chooseContent } from "../../src/release/planning/content.ts";
import { chooseSubject } from "../../src/release/planning/subject.ts";
import { codesOf, type ImageFacts, observed, request, shaTag, type TargetWorld } from "./facts.ts";

function choose(targets: readonly TargetWorld[], layout: string | null = null, adopt = false) {
  const asked = request({ adopt });
  const seen = observed(asked, { targets, layout });
  const { subject } = chooseSubject(asked, seen.git, seen.targets);
  if (subject === undefined) throw new Error("no subject");
  const choice = chooseContent(subject, seen, asked);
  return {
    from: choice.content.from,
    content: choice.content,
    codes: codesOf(choice),
    problems: choice.problems,
    notes: choice.notes,
    at: choice.at,
  };
}

const at = (...images: ImageFacts[]): TargetWorld => ({ images });
const a = (fields: Partial<ImageFacts> = {}): ImageFacts => ({
  name: "a",
  tags: ["1.4.0"],
  ...fields,
});

describe("where the image comes from", () => {
  it.each<[string, TargetWorld[], string | null, string]>([
    ["nothing is anywhere", [at()], null, "build"],
    ["no repository", [{ repository: null }], null, "build"],
    ["a layout was built before", [at()], "a", "layout"],
    ["the version tag is ours", [at(a())], null, "registry"],
    ["the commit tag is ours", [at(a({ tags: [shaTag] }))], null, "registry"],
    ["ours, and the layout is the same", [at(a())], "a", "layout"],
    ["ours, and the layout is another", [at(a())], "b", "registry"],
    ["a floating tag alone tells nothing", [at(a({ tags: ["latest"] }))], null, "build"],
    ["the second target has it", [at(), { region: "eu-west-1", images: [a()] }], null, "registry"],
  ])("%s", (_world, targets, layout, from) => {
    const choice = choose(targets, layout);
    expect(choice.from).toBe(from);
    expect(choice.codes).toEqual([]);
    if (choice.content.from !== "build") expect(choice.content.digest).toBe(digestOf("a"));
  });

  it.each<[string, TargetWorld[], string[]]>([
    ["another's version tag", [at(a({ whose: "other" }))], ["TAG_TAKEN"]],
    ["an image of nobody knows whom", [at(a({ whose: "unknown" }))], ["TAG_UNKNOWN"]],
    [
      "both tags another's",
      [at(a({ whose: "other", tags: ["1.4.0", shaTag] }))],
      ["TAG_TAKEN", "TAG_TAKEN"],
    ],
    ["an archived image", [at(a({ status: "ARCHIVED" }))], ["IMAGE_ARCHIVED"]],
    ["an image being restored", [at(a({ status: "ACTIVATING" }))], ["IMAGE_ARCHIVED"]],
    [
      "two images of the same inputs",
      [at(a()), { region: "eu-west-1", images: [a({ name: "b" })] }],
      ["TARGETS_DISAGREE"],
    ],
    ["two images at one target", [at(a(), a({ name: "b", tags: [shaTag] }))], ["TARGETS_DISAGREE"]],
  ])("refused: %s", (_world, targets, codes) => {
    expect(choose(targets).codes).toEqual(codes);
  });

  it.each([
    [
      "ARCHIVED",
      /^tag 1\.4\.0 is sha256:\w+, which is archived/,
      "aws ecr update-image-storage-class",
    ],
    [
      "ACTIVATING",
      /is being restored from the archive/,
      "run the same command again when that says ACTIVE, in 20 minutes",
    ],
  ] as const)("says of an %s image what is to be done", (status, message, remedy) => {
    const [problem] = choose([at(a({ status }))]).problems;
    expect(problem?.message).toMatch(message);
    expect(problem?.remedy).toContain(remedy);
    expect(problem?.remedy).toMatch(/--region \S+ --registry-id \d+ --repository-name team\/app /);
  });

  it("names every target that holds the same image, the first one apart", () => {
    const held = (region: string, name: string) => ({ region, images: [a({ name, runs: "x" })] });
    const targets = [
      { images: [a({ runs: "x" }), a({ runs: "x", tags: [shaTag] })] },
      held("eu-west-1", "a"),
      held("sa-east-1", "b"),
      held("ap-south-1", "a"),
      { region: "ca-west-1" },
    ];
    expect(choose(targets).content).toEqual({
      from: "registry",
      digest: digestOf("a"),
      target: "123456789012/us-east-1",
      others: ["123456789012/eu-west-1", "123456789012/ap-south-1"],
    });
  });

  it("takes an unknown image for ours when it is told to, and another's never", () => {
    expect(choose([at(a({ whose: "unknown" }))], null, true)).toMatchObject({
      from: "registry",
      codes: [],
    });
    expect(choose([at(a({ whose: "other" }))], null, true).codes).toEqual(["TAG_TAKEN"]);
  });

  it.each<[string, TargetWorld[], string[], [string, string][]]>([
    [
      "two targets",
      [at(a({ runs: "x" })), { region: "eu-west-1", images: [a({ name: "b", runs: "x" })] }],
      [`${digestOf("a")} at 123456789012/us-east-1`, `${digestOf("b")} at 123456789012/eu-west-1`],
      [
        ["us-east-1", "a"],
        ["eu-west-1", "b"],
      ],
    ],
    [
      "the commit tag of one target, whose version tag counts",
      [at(a({ name: "b", tags: [shaTag], runs: "x" }), a({ runs: "x" }))],
      [`${digestOf("a")} at 123456789012/us-east-1`, `${digestOf("b")} at 123456789012/us-east-1`],
      [["us-east-1", "a"]],
    ],
  ])("takes images that run the same for one: %s", (_world, targets, said, held) => {
    const choice = choose(targets);
    expect(choice.problems).toEqual([]);
    expect(choice.notes.map(({ code }) => code)).toEqual(["ATTESTATIONS_DIFFER"]);
    for (const words of said) expect(choice.notes[0]?.message).toContain(words);
    const own = held.map(([region, name]) => [`123456789012/${region}`, digestOf(name)] as const);
    expect(choice.at).toEqual(new Map(own));
    expect(choice.content).toMatchObject({ from: "registry", digest: digestOf("a") });
  });

  it("says both digests of images that do not run the same", () => {
    const [problem] = choose([
      at(a()),
      { region: "eu-west-1", images: [a({ name: "b" })] },
    ]).problems;
    expect(problem?.message).toContain(`${digestOf("a")} at 123456789012/us-east-1`);
    expect(problem?.message).toContain(`${digestOf("b")} at 123456789012/eu-west-1`);
  });

  it("says both sides of what is taken", () => {
    expect(choose([at(a({ whose: "other" }))]).problems).toMatchObject([
      {
        target: "123456789012/us-east-1",
        message: expect.stringMatching(
          /^tag 1\.4\.0 is sha256:\w{64}, built from commit fedcba, not 0123/,
        ),
      },
    ]);
  });
});
