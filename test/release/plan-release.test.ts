import { describe, expect, it } from "vitest";
import type { LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import { isNothingToDo } from "../../src/release/plan.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { Request } from "../../src/release/request.ts";
import {
  codesOf,
  gitFacts,
  observed,
  request,
  shaTag,
  stepsOf,
  type TargetWorld,
} from "./facts.ts";

const lifecycle: LifecyclePolicy = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 3 },
      action: { type: "expire" },
    },
  ],
};

function plan(fields: Partial<Request>, world: Parameters<typeof observed>[1] = {}) {
  const asked = request(fields);
  return planRelease(asked, observed(asked, world));
}

const fixed = ["1.4.0", shaTag];
const all = [...fixed, "1.4", "1", "latest"];
const tags = (names: readonly string[], region = "us-east-1") =>
  names.map((tag) => `tag ${tag} ${region}`);
const keeps = (names: readonly string[], region = "us-east-1") =>
  names.map((tag) => `keep tag ${tag} ${region}`);
const content = ["copy us-east-1", "verify us-east-1"];
const ours = (names: readonly string[]) => [{ name: "a", tags: names }];
const older = (...versions: string[]) =>
  versions.map((version) => ({ name: version, tags: [version], whose: "other" as const }));

describe("the steps of a release", () => {
  it.each<[string, Partial<Request>, Parameters<typeof observed>[1], string[]]>([
    ["the first", {}, {}, ["build", ...content, ...tags(all)]],
    [
      "the first, without a repository",
      { repository: { ...request().repository, create: true } },
      { targets: [{ repository: null }] },
      ["create-repository us-east-1", "build", ...content, ...tags(all)],
    ],
    ["again", {}, { targets: [{ images: ours(all) }] }, keeps(all)],
    ["after a death before the copy", {}, { layout: "a" }, [...content, ...tags(all)]],
    [
      "after a death after the copy",
      {},
      { layout: "a", targets: [{ images: ours([]) }] },
      tags(all),
    ],
    [
      "after a death between tags",
      {},
      { targets: [{ images: ours([...fixed, "1.4"]) }] },
      [...tags(["1", "latest"]), ...keeps([...fixed, "1.4"])],
    ],
    [
      "to a second target",
      {},
      { targets: [{ images: ours(all) }, { region: "eu-west-1" }] },
      ["copy eu-west-1", "verify eu-west-1", ...tags(all, "eu-west-1"), ...keeps(all)],
    ],
    [
      "to two targets",
      {},
      { targets: [{}, { region: "eu-west-1" }] },
      [
        ...["build", "copy us-east-1", "copy eu-west-1", "verify us-east-1", "verify eu-west-1"],
        ...[...tags(fixed), ...tags(fixed, "eu-west-1")],
        ...[...tags(["1.4", "1", "latest"]), ...tags(["1.4", "1", "latest"], "eu-west-1")],
      ],
    ],
    [
      "of an older line",
      { version: { kind: "exact", version: "1.3.9" } },
      { targets: [{ images: older("1.4.0", "1.3.8") }] },
      ["build", ...content, ...tags(["1.3.9", shaTag, "1.3"]), ...keeps(["1", "latest"])],
    ],
    [
      "of what was a release candidate",
      {},
      { targets: [{ images: ours(["1.4.0-rc.1", shaTag]) }] },
      [...tags(["1.4.0", "1.4", "1", "latest"]), ...keeps([shaTag])],
    ],
    [
      "with a changed tree",
      { git: { allowDirty: true, createTag: false, pushTag: false } },
      { git: gitFacts({ worktree: "f".repeat(40), dirty: ["a"], dirtyCount: 1 }) },
      ["build", ...content, ...tags(["1.4.0-dirty-ffffffff", `${shaTag}-dirty-ffffffff`])],
    ],
    [
      "with a policy",
      { lifecycle },
      { targets: [{ images: ours(all) }] },
      ["put-lifecycle-policy us-east-1", ...keeps(all)],
    ],
    [
      "with the policy in place",
      { lifecycle },
      { targets: [{ images: ours(all), policy: JSON.stringify(lifecycle, null, 2) }] },
      [...keeps(all), "keep lifecycle policy us-east-1"],
    ],
    [
      "with another policy",
      { lifecycle },
      { targets: [{ images: ours(all), policy: '{"rules":[]}' }] },
      ["put-lifecycle-policy us-east-1", ...keeps(all)],
    ],
    [
      "of a new major, where a release made the filters",
      { version: { kind: "exact", version: "2.0.0" } },
      {
        targets: [
          {
            repository: {
              mutability: "MUTABLE_WITH_EXCLUSION",
              mutabilityExclusions: ["1.*.*", "sha-*"],
            },
          },
        ],
      },
      [
        "put-tag-mutability us-east-1",
        "build",
        ...content,
        ...tags(["2.0.0", shaTag, "2.0", "2", "latest"]),
      ],
    ],
    [
      "with a git tag",
      { git: { allowDirty: false, createTag: true, pushTag: false } },
      { targets: [{ images: ours(all) }] },
      [...keeps(all), "git-tag v1.4.0"],
    ],
    [
      "with a git tag that is there",
      { git: { allowDirty: false, createTag: true, pushTag: false } },
      {
        git: gitFacts({ tags: ["v1.4.0"], tagsAtHead: ["v1.4.0"] }),
        targets: [{ images: ours(all) }],
      },
      keeps(all),
    ],
  ])("%s", (_what, fields, world, steps) => {
    const made = plan(fields, world);
    expect(stepsOf(made)).toEqual(steps);
    expect(codesOf(made)).toEqual([]);
    expect(made.steps.filter(({ because }) => because === "")).toEqual([]);
    expect(isNothingToDo(made)).toBe(steps.every((step) => step.startsWith("keep")));
  });
});

it("says of a floating tag that is right already why a new version writes it", () => {
  const world = { targets: [{ images: ours(["1.3.0", shaTag, "1.3", "1", "latest"]) }] };
  const latest = plan({}, world).steps.find((step) => step.action === "tag" && step.tag === "1");
  expect(latest?.because).toBe(
    "it points there, and is looked after: 1.4.0 is the newest of this line",
  );
});

describe("the problems of a release", () => {
  const repository = (
    mutability: NonNullable<TargetWorld["repository"]>["mutability"],
    filters: string[] = [],
  ) => ({
    targets: [{ repository: { ...(mutability && { mutability }), mutabilityExclusions: filters } }],
  });
  const branchTag = { tags: { ...request().tags, floating: ["{branch}"] } };
  const shallow = gitFacts({ shallow: true });

  it.each<[string, Partial<Request>, Parameters<typeof observed>[1], string]>([
    [
      "what makes it lock as a release's own",
      {},
      repository("IMMUTABLE"),
      "aws ecr put-image-tag-mutability --region us-east-1 --registry-id 123456789012 --repository-name team/app --image-tag-mutability MUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=1.*.*' 'filterType=WILDCARD,filter=sha-*'\nor leave them out of tags.floating",
    ],
    [
      "that slipway chooses well itself",
      { repository: { ...request().repository, create: true, mutability: "IMMUTABLE" } },
      { targets: [{ repository: null }] },
      "leave repository.mutability out: versions and commits are locked then, and floating tags free\nor leave them out of tags.floating",
    ],
  ])("says of a repository that locks floating tags %s", (_, fields, seen, remedy) => {
    const { problems } = planRelease(request(fields), observed(request(fields), seen));
    expect(problems).toMatchObject([{ code: "FLOATING_TAG_LOCKED", remedy }]);
  });

  it.each<[string, Partial<Request>, Parameters<typeof observed>[1], string[]]>([
    ["no repository", {}, { targets: [{ repository: null }] }, ["REPOSITORY_MISSING"]],
    ["an immutable repository", {}, repository("IMMUTABLE"), ["FLOATING_TAG_LOCKED"]],
    [
      "a filter too few",
      {},
      repository("IMMUTABLE_WITH_EXCLUSION", ["latest", "1"]),
      ["FLOATING_TAG_LOCKED"],
    ],
    ["filters enough", {}, repository("IMMUTABLE_WITH_EXCLUSION", ["latest", "1", "1.4"]), []],
    [
      "an immutable repository and a prerelease",
      { version: { kind: "exact", version: "1.4.0-rc.1" } },
      repository("IMMUTABLE"),
      [],
    ],
    [
      "a changed tree",
      {},
      { git: gitFacts({ worktree: "f", dirty: ["a"], dirtyCount: 1 }) },
      ["DIRTY_TREE"],
    ],
    ["a detached HEAD", branchTag, { git: gitFacts({ branch: null }) }, ["DETACHED_HEAD"]],
    [
      "a shallow clone",
      { version: { kind: "bump", bump: "patch" } },
      { git: shallow },
      ["SHALLOW_CLONE"],
    ],
    ["no git tag", { version: { kind: "git-tag" } }, {}, ["VERSION_MISSING"]],
    ["a taken version", {}, { targets: [{ images: older("1.4.0") }] }, ["TAG_TAKEN"]],
    [
      "several at once",
      {},
      { git: gitFacts({ worktree: "f" }), targets: [{ repository: null }] },
      ["DIRTY_TREE", "REPOSITORY_MISSING"],
    ],
  ])("%s", (_what, fields, world, codes) => {
    const { problems } = plan(fields, world);
    expect(codesOf({ problems })).toEqual(codes);
    for (const { message, remedy } of problems) expect([message, remedy]).not.toContain("");
  });

  it("says how git is made to see a change that it was told to pass over", () => {
    const hidden = [
      { path: "it's a", flag: "assume-unchanged" },
      { path: "b/c", flag: "skip-worktree" },
      { path: "d", flag: "skip-worktree" },
    ] as const;
    const facts = gitFacts({ worktree: "f", dirty: ["d"], hidden, directory: "b/e" });
    expect(plan({}, { git: facts }).problems[0]?.remedy.split("\n")).toEqual([
      String.raw`let git look at it again: git -C ../.. update-index --no-assume-unchanged -- 'it'\''s a'`,
      "let git look at it again: git -C ../.. update-index --no-skip-worktree -- b/c d",
      expect.stringContaining("commit or stash"),
    ]);
  });

  it("of the builder count only where something is built", () => {
    const code = "DOCKER_MISSING" as const;
    const world = { buildProblems: [{ code, message: "no docker", remedy: "install it" }] };
    expect(codesOf(plan({}, world))).toEqual([code]);
    expect(codesOf(plan({}, { ...world, layout: "a" }))).toEqual([]);
  });

  it("name the tags that a repository would lock", () => {
    const { problems } = plan({}, repository("IMMUTABLE_WITH_EXCLUSION", ["latest"]));
    expect(problems[0]?.message).toBe(
      "tag mutability IMMUTABLE_WITH_EXCLUSION would lock the floating tags 1.4, 1",
    );
  });
});

describe("what a plan expects and knows", () => {
  it("of every tag at every target", () => {
    const { expects } = plan({}, { targets: [{ images: ours(["1.4.0"]) }] });
    const target = "123456789012/us-east-1";
    expect(expects).toHaveLength(all.length);
    expect(expects[0]).toMatchObject({ tag: "1.4.0", digest: expect.stringMatching(/^sha256:/) });
    expect(expects.slice(1)).toEqual(
      all.slice(1).map((tag) => ({ about: "tag", target, tag, digest: null })),
    );
  });

  it("where nothing locks a version tag", () => {
    expect(plan({}).notes.map(({ code }) => code)).toEqual(["NO_TAG_LOCK"]);
  });

  it("survives being saved", () => {
    const made = plan({ lifecycle });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});
