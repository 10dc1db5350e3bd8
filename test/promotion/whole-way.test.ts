import {
  DescribeRepositoriesCommand,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ecrClient, repositoryClient } from "../local/registry.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, named, plan, production, promote, repository, wanting } from "./promotions.ts";
import { type Belongings, pushWithBelongings } from "./tree.ts";

let local: Rehearsal;
let here: Belongings;
beforeEach(async () => {
  local = await rehearsal();
  here = await pushWithBelongings(local, ["1.4.0", "sha-0123456789ab", "nightly"]);
  local.requests.length = 0;
});
afterEach(() => local[Symbol.asyncDispose]());

const written = () =>
  local.requests.filter(
    ({ method, path, operation = "" }) =>
      operation.startsWith("Put") ||
      operation.startsWith("Create") ||
      (path.startsWith("/v2/") && ["PUT", "POST", "PATCH"].includes(method)),
  );

const everything = () => [
  ...[here.root, here.signature, here.childSignature, here.sbom, here.sbomSignature],
  here.companion.digest,
];

describe("a promotion into another account and region", () => {
  it("brings the image with all that belongs to it, under its own tags", async () => {
    const receipt = await promote(wanting());
    const there = await contentOf(local.ecr, production);
    for (const digest of everything()) expect(Object.keys(there)).toContain(digest);
    const before = await contentOf(local.ecr);
    expect(Object.keys(there).sort()).toEqual(Object.keys(before).sort());
    expect(there[here.root]).toEqual(["1", "1.4", "1.4.0", "latest", "sha-0123456789ab"]);
    expect(there[here.companion.digest]).toEqual([here.companion.tag]);
    expect(receipt.targets[0]).toMatchObject({
      id: `${production.account}/eu-west-1/team/app`,
      images: [{ digest: here.root, attached: { state: "attached" } }],
      copied: { refusedMounts: 0, skippedBlobs: 0 },
    });
    expect(receipt.images[0]).toMatchObject({ attestations: 2, belonging: 5, versions: ["1.4.0"] });
  });

  it("gives back every manifest and blob byte for byte", async () => {
    await promote(wanting());
    const there = await repositoryClient(ecrClient(local.ecr, production), "team/app");
    for (const [digest, bytes] of here.image.blobs) {
      const kind = bytes.includes('"schemaVersion"') ? "manifests" : "blobs";
      const answer = await there.fetch(`/${kind}/${digest}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });

  it("does nothing the second time", async () => {
    await promote(wanting());
    local.requests.length = 0;
    const receipt = await promote(wanting());
    expect(receipt.steps.map(({ state }) => state)).toEqual(receipt.steps.map(() => "kept"));
    expect(written()).toEqual([]);
  });

  it("brings a signature that was made since", async () => {
    await promote(wanting());
    const again = await pushWithBelongings(local, ["1.4.0"]);
    expect(again.root).toBe(here.root);
    const source = await repositoryClient(ecrClient(local.ecr), "team/app");
    const { subject, config, layers, ...rest } = JSON.parse(
      await (await source.fetch(`/manifests/${here.signature}`)).text(),
    );
    const late = JSON.stringify({ ...rest, config, layers, subject, annotations: { late: "yes" } });
    expect((await source.putManifest(late)).status).toBe(201);
    const receipt = await promote(wanting());
    expect(receipt.targets[0]?.copied).toMatchObject({ movedBytes: 0, movedManifests: 1 });
    expect(receipt.steps.find(({ step }) => step.action === "copy")?.step.because).toContain(
      "not all that belongs to it is there",
    );
  });
});

describe("tags", () => {
  it("refuses a fixed tag that another image has, before anything moves", async () => {
    const other = await pushWithBelongings(local, ["1.4.0"], { ...production, seed: "other" });
    local.requests.length = 0;
    const { problems } = await plan(wanting());
    expect(problems).toMatchObject([
      { code: "TAG_TAKEN", target: `${production.account}/eu-west-1/team/app` },
    ]);
    expect(problems[0]?.message).toContain(other.root);
    await expect(promote(wanting())).rejects.toMatchObject({ code: "PLAN_REFUSED" });
    expect(written()).toEqual([]);
  });

  it("leaves floating tags with a newer version that is there", async () => {
    const other = await pushWithBelongings(local, ["1.5.0", "1", "latest"], {
      ...production,
      seed: "newer",
    });
    await promote(wanting());
    const there = await contentOf(local.ecr, production);
    expect(there[here.root]).toEqual(["1.4", "1.4.0", "sha-0123456789ab"]);
    expect(there[other.root]).toEqual(["1", "1.5.0", "latest"]);
  });

  it("gives what both would have to the newer of two, whatever their order", async () => {
    const newer = await pushWithBelongings(local, ["1.10.0"], { seed: "newer" });
    await promote(wanting({ images: [named("1.10.0"), named("1.4.0")] }));
    const there = await contentOf(local.ecr, production);
    expect(there[newer.root]).toEqual(["1", "1.10", "1.10.0", "latest"]);
    expect(there[here.root]).toEqual(["1.4", "1.4.0", "sha-0123456789ab"]);
  });

  it("asks for another way where a floating tag would be locked", async () => {
    await pushWithBelongings(local, ["0.1.0"], { ...production, seed: "first" });
    const imageTagMutability = "IMMUTABLE";
    await ecrClient(local.ecr, production).send(
      new PutImageTagMutabilityCommand({ repositoryName: "team/app", imageTagMutability }),
    );
    const { problems } = await plan(wanting());
    expect(problems.map(({ code }) => code)).toEqual(["FLOATING_TAG_LOCKED"]);
    const only = wanting({ tags: ["1.4.0"] });
    await promote(only);
    expect((await contentOf(local.ecr, production))[here.root]).toEqual(["1.4.0"]);
    await promote(only);
  });
});

describe("what stands in the way of several images", () => {
  it("is told once, without advice to use --tag, which is for one alone", async () => {
    await pushWithBelongings(local, ["1.10.0"], { seed: "newer" });
    await pushWithBelongings(local, ["1.4.0"], { ...production, seed: "other" });
    const imageTagMutability = "IMMUTABLE";
    await ecrClient(local.ecr, production).send(
      new PutImageTagMutabilityCommand({ repositoryName: "team/app", imageTagMutability }),
    );
    const { problems } = await plan(wanting({ images: [named("1.10.0"), named("1.4.0")] }));
    const [locked, taken] = problems;
    expect(locked?.message).toMatch(
      /floating tags 1\.4, 1, latest, 1\.10$|1\.10, 1, latest, 1\.4$/,
    );
    expect(locked?.remedy).toMatch(/^aws ecr put-image-tag-mutability/);
    expect(taken?.remedy).toBe(
      "a published tag is never replaced: leave team/app:1.4.0 out, or promote it by itself: --tag NAME says which tags it is to have",
    );
  });
});

describe("a repository that a promotion makes", () => {
  const lockedBy = async () => {
    const { repositories = [] } = await ecrClient(local.ecr, production).send(
      new DescribeRepositoriesCommand({ repositoryNames: ["team/app"] }),
    );
    return repositories[0]?.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter);
  };

  it("locks the image's versions as a release's does, also where none goes along yet", async () => {
    await promote(wanting({ tags: ["candidate"] }));
    expect(await lockedBy()).toEqual(["1.*.*", "sha-*"]);
  });

  it("for an image without a version locks the first one that comes", async () => {
    await pushWithBelongings(local, ["main"], { seed: "unversioned" });
    await promote(wanting({ images: [named("main")], tags: ["candidate"] }));
    expect(await lockedBy()).toEqual(["sha-*"]);
    await promote(wanting({ tags: ["1.4.0"] }));
    expect(await lockedBy()).toEqual(["sha-*", "1.*.*"]);
  });
});

describe("within one repository", () => {
  const home = { to: [{ target: { region: "us-east-1" } }] };

  it("writes the tag and copies nothing", async () => {
    const receipt = await promote(wanting({ ...home, tags: ["production"] }));
    expect((await contentOf(local.ecr))[here.root]).toContain("production");
    expect(receipt.targets[0]).not.toHaveProperty("copied");
    expect(local.requests.filter(({ path }) => /\/blobs\/sha256:/.test(path))).toEqual([]);
  });

  it("takes a named tag forward, and not back", async () => {
    await pushWithBelongings(local, ["1.5.0"], { seed: "newer" });
    const to = (tag: string) => wanting({ ...home, images: [named(tag)], tags: ["production"] });
    await promote(to("1.4.0"));
    await promote(to("1.5.0"));
    expect((await plan(to("1.4.0"))).problems).toMatchObject([{ code: "TAG_BEHIND" }]);
  });
});

describe("a neighbour in the same registry", () => {
  const neighbour = { to: [{ target: { region: "us-east-1" }, repository: "production/app" }] };

  it("gets its layers mounted where the account allows it", async () => {
    const setting = { name: "BLOB_MOUNTING", value: "ENABLED" };
    await ecrClient(local.ecr).send(new PutAccountSettingCommand(setting));
    const { targets } = await promote(wanting(neighbour));
    expect(targets[0]?.copied).toMatchObject({ movedBytes: 0, refusedMounts: 0 });
    expect(Object.keys(await contentOf(local.ecr, { name: "production/app" }))).toContain(
      here.sbomSignature,
    );
  });

  it("gets them sent where it does not", async () => {
    const { targets } = await promote(wanting(neighbour));
    const { movedBlobs, refusedMounts, mountedBlobs } = targets[0]?.copied ?? {};
    expect(movedBlobs).toBeGreaterThan(5);
    expect({ refusedMounts, mountedBlobs }).toEqual({ refusedMounts: movedBlobs, mountedBlobs: 0 });
  });
});

describe("what stands in the way", () => {
  const archive = (imageDigest: string) =>
    ecrClient(local.ecr).send(
      new UpdateImageStorageClassCommand({
        repositoryName: "team/app",
        imageId: { imageDigest },
        targetStorageClass: "ARCHIVE",
      }),
    );

  it("is told all at once", async () => {
    const images = [named("9.9.9"), named("nightly", "eu-west-1"), named("1.4.0")];
    const unmade = { ...repository, create: false };
    const { problems } = await plan(wanting({ images, repository: unmade }));
    expect(problems.map(({ code }) => code)).toEqual([
      "IMAGE_MISSING",
      "IMAGE_MISSING",
      "REPOSITORY_MISSING",
    ]);
  });

  it("is an image that is archived, or a signature of it", async () => {
    await archive(here.sbomSignature);
    expect((await plan(wanting())).problems).toMatchObject([{ code: "IMAGE_ARCHIVED" }]);
    await archive(here.root);
    const { problems } = await plan(wanting());
    expect(problems).toMatchObject([{ code: "IMAGE_ARCHIVED" }]);
    expect(problems[0]?.message).toContain(here.root);
  });

  it("is an image without tags that would go along", async () => {
    const other = await pushWithBelongings(local, ["main"], { seed: "unversioned" });
    const remedy = "give it one: --tag NAME";
    expect((await plan(wanting({ images: [named("main")] }))).problems).toMatchObject([
      { code: "TAGS_MISSING", remedy },
    ]);
    const both = wanting({ images: [named("main"), named("1.4.0")] });
    expect((await plan(both)).problems).toMatchObject([
      { code: "TAGS_MISSING", remedy: `promote it by itself: ${remedy}` },
    ]);
    await promote(wanting({ images: [named("main")], tags: ["main"] }));
    expect((await contentOf(local.ecr, production))[other.root]).toEqual(["main"]);
  });
});

describe("what is named twice", () => {
  const twice = [
    { target: { region: "eu-west-1" } },
    { target: { region: "eu-west-1" } },
    { target: { region: "eu-west-1", account: "123456789012" } },
  ];

  it("counts once, place and image", async () => {
    const images = [named("1.4.0"), named("nightly")];
    const planned = await plan(wanting({ images, to: twice }));
    expect(planned.goals).toHaveLength(1);
    expect(planned.targets).toHaveLength(1);
    expect(planned.images.map((image) => image.named)).toEqual(["team/app:1.4.0"]);
    const { targets } = await promote(wanting({ images, to: twice }));
    expect(targets.map(({ images: there }) => there.length)).toEqual([1]);
  });

  it("is told once where it is missing", async () => {
    const images = [named("9.9.9"), named("9.9.9")];
    expect((await plan(wanting({ images, to: twice }))).problems).toHaveLength(1);
  });

  it("goes once where two places have it, with the tags of both", async () => {
    await promote(wanting({ tags: ["1.4.0"] }));
    await promote(wanting({ to: [{ target: { region: "eu-west-1" } }], tags: ["stable"] }));
    const images = [named("stable", "eu-west-1"), named("1.4.0")];
    const { goals } = await plan(wanting({ images, to: [{ target: { region: "ap-south-1" } }] }));
    expect(goals).toHaveLength(1);
    expect(goals[0]?.tags.map(({ tag }) => tag)).toContain("1.4.0");
  });
});
