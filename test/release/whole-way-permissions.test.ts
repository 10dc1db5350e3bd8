import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { actionOf } from "../../src/local/access.ts";
import { operations } from "../../src/local/control/ecr-api.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { observe } from "../../src/release/observe.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { ecrClient } from "../local/registry.ts";
import { apply } from "../support/apply.ts";
import { olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, prepare, type Rehearsal, rehearsal, release } from "../support/release.ts";
import { registryState } from "../support/state.ts";

const lifecycle = policyOf(olderThan("untagged", 14));

/**
 * What AWS's sample for pushing allows; everything else is denied.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
const pushSample = [
  "GetAuthorizationToken",
  "CompleteLayerUpload",
  "UploadLayerPart",
  "InitiateLayerUpload",
  "BatchCheckLayerAvailability",
  "PutImage",
  "BatchGetImage",
];
const actions = new Set(Object.keys(operations).map(actionOf));
const allButPushSample = [...actions].filter((name) => !pushSample.includes(name));

const place = "123456789012/us-east-1/team/app";
const arn = "arn:aws:ecr:us-east-1:*:repository/team/app";

let dir: string;
let local: Rehearsal;
let source: Project;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-registry-"));
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

async function start(deny: readonly string[], more = ""): Promise<void> {
  local = await rehearsal({ dir, deny });
  source = project({
    "slipway.yaml": `image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n${more}`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
}

/** The same registry for a principal who may do less. */
async function restart(deny: readonly string[]): Promise<void> {
  await local[Symbol.asyncDispose]();
  local = await rehearsal({ dir, deny });
}

/** Releases a commit of its own as each of these versions. */
async function releaseAll(...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    source.commit();
    await prepareLayout(source, local);
    await release(source, version);
  }
}

/** Puts what a tag is on into ECR's archive. */
async function archive(imageTag: string): Promise<void> {
  await ecrClient(local.ecr).send(
    new UpdateImageStorageClassCommand({
      repositoryName: "team/app",
      imageId: { imageTag },
      targetStorageClass: "ARCHIVE",
    }),
  );
}

/** The registry's tags, read by one who may. */
async function tagsNow(): Promise<Readonly<Record<string, string>>> {
  await restart([]);
  return (await registryState(local))[place] ?? {};
}

describe("with what AWS's push sample allows", () => {
  async function afterReleases(versions: readonly string[], gitTags: readonly string[]) {
    await start([]);
    await releaseAll(...versions);
    for (const tag of gitTags) source.git("tag", tag);
    source.commit();
    await restart(allButPushSample);
    await prepareLayout(source, local);
  }

  it("publishes a named version, and moves the floating tags from versions that git names", async () => {
    await afterReleases(["1.3.0"], ["v1.3.0"]);
    const done = await release(source, "1.4.0");
    expect(done.plan.notes.map(({ code, message }) => [code, message.split(":").at(1)])).toEqual([
      ["READ_DENIED", "DescribeImages on arn"],
      ["READ_DENIED", "DescribeRepositories on arn"],
    ]);
    for (const { message } of done.plan.notes) expect(message).toContain(arn);
    const { digest } = done.receipt;
    const tags = await tagsNow();
    for (const tag of ["1.4.0", "1.4", "1", "latest"]) expect(tags[tag], tag).toBe(digest);
    expect(tags["1.3"]).toBe(tags["1.3.0"]);
  });

  it("publishes a version while an older one that git names is in the archive", async () => {
    await start([]);
    await releaseAll("1.2.0", "1.3.0");
    for (const tag of ["v1.2.0", "v1.3.0"]) source.git("tag", tag);
    await archive("1.2.0");
    source.commit();
    await restart(allButPushSample);
    await prepareLayout(source, local);
    const { digest } = (await release(source, "1.4.0")).receipt;
    const tags = await tagsNow();
    for (const tag of ["1.4.0", "1.4", "1", "latest"]) expect(tags[tag], tag).toBe(digest);
  });

  it("writes no tag that an image in the archive has", async () => {
    await start([]);
    await releaseAll("1.3.0");
    await archive("1.3.0");
    source.commit();
    await restart(allButPushSample);
    await prepareLayout(source, local);
    await expect(plan(source, "1.3.0")).rejects.toMatchObject({
      message: expect.stringContaining("1.3.0: ImageInaccessible"),
      suggestions: expect.arrayContaining([
        expect.stringMatching(
          /^aws ecr update-image-storage-class --region us-east-1 .*--image-id imageTag=1\.3\.0 --target-storage-class STANDARD$/,
        ),
      ]),
    });
  });

  it("finds its own work done when it runs again", async () => {
    await afterReleases(["1.3.0"], ["v1.3.0"]);
    await release(source, "1.4.0");
    const again = await release(source, "1.4.0");
    expect(again.plan.steps.filter(({ action }) => action !== "keep")).toEqual([]);
  });

  it("keeps a floating tag that is at a version which nobody names, and says so", async () => {
    await afterReleases(["1.3.0"], []);
    const before = (await plan(source, "1.4.0")).steps.flatMap((step) =>
      step.action === "keep" ? [step] : [],
    );
    expect(before.map(({ what }) => what)).toEqual(["tag 1", "tag latest"]);
    for (const { because } of before) {
      expect(because).toMatch(/^nobody says which version sha256:\w{12} is; ecr:DescribeImages/);
    }
    const { digest } = (await release(source, "1.4.0")).receipt;
    const tags = await tagsNow();
    expect([tags["1.4.0"], tags["1.4"]]).toEqual([digest, digest]);
    expect([tags["1"], tags.latest]).toEqual([tags["1.3.0"], tags["1.3.0"]]);
  });

  it("leaves the floating tags where a higher version is", async () => {
    await afterReleases(["1.5.0"], ["v1.5.0"]);
    const { digest } = (await release(source, "1.4.0")).receipt;
    const tags = await tagsNow();
    expect([tags["1.4"], tags["1"], tags.latest]).toEqual([digest, tags["1.5.0"], tags["1.5.0"]]);
  });

  it("does not take a floating tag back from a version that came meanwhile", async () => {
    await afterReleases(["1.3.0"], ["v1.3.0"]);
    const { request, world } = await prepare(source, "1.4.0", () => {}, {});
    const planned = planRelease(request, await observe(request, world));
    const ecr = world.ecr({ region: "us-east-1" });
    const id = { name: "team/app" };
    const text = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`;
    const mediaType = mediaTypes.ociIndex;
    const foreign = { text, mediaType, digest: digestOf(text) };
    await ecr.tag(id, "1.9.0", foreign);
    await ecr.tag(id, "latest", foreign);
    const receipt = await apply(planned, world);
    const tags = await tagsNow();
    expect(tags.latest).toBe(tags["1.9.0"]);
    expect(tags["1"]).toBe(receipt.digest);
  });

  it("refuses a version tag that another commit has", async () => {
    await afterReleases(["1.3.0"], []);
    const { problems } = await plan(source, "1.3.0");
    expect(problems.map(({ code }) => code)).toEqual(["TAG_TAKEN"]);
  });

  it("says that there is no repository when a read by tag says so", async () => {
    await start(allButPushSample);
    const { steps } = await plan(source, "1.0.0");
    expect(steps[0]?.action).toBe("create-repository");
  });
});

it("does not guess which version is next, and names the action that would tell", async () => {
  await start([]);
  await releaseAll("1.3.0");
  await restart(["DescribeImages"]);
  const overrides = { version: { kind: "bump", bump: "minor" } } as const;
  const { problems, steps } = await plan(source, "1.4.0", { overrides });
  expect(steps).toEqual([]);
  expect(problems).toEqual([
    expect.objectContaining({
      code: "PERMISSION_MISSING",
      message: expect.stringMatching(/^the next minor: .*ecr:DescribeImages/),
      remedy: expect.stringContaining(`or allow ecr:DescribeImages on ${arn}`),
    }),
  ]);
});

it.each([
  ["BatchGetImage"],
  ["BatchGetImage", "DescribeImages"],
  ["BatchGetImage", "DescribeRepositories"],
])("cannot do without %s, and names it", async (...deny) => {
  await start([]);
  await releaseAll("1.3.0");
  await restart(deny);
  const { problems } = await plan(source, "1.3.0");
  expect(problems).toEqual([
    expect.objectContaining({
      code: "PERMISSION_MISSING",
      remedy: expect.stringMatching(
        /^allow ecr:BatchGetImage on arn:aws:ecr:us-east-1:.*:repository\/team\/app /,
      ),
    }),
  ]);
});

it("goes on without knowing the lifecycle policy in place, and says so", async () => {
  await start(["GetLifecyclePolicy"], `lifecycle: ${JSON.stringify(lifecycle)}\n`);
  await prepareLayout(source, local);
  const done = await release(source, "1.0.0");
  expect(done.plan.notes.map(({ code }) => code)).toContain("POLICY_UNREAD");
  const put = done.receipt.steps.find(({ step }) => step.action === "put-lifecycle-policy");
  expect(put?.state).toBe("done");
});
