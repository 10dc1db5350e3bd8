import {
  BatchDeleteImageCommand,
  DeleteLifecyclePolicyCommand,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { beforeEach, describe, expect, it } from "vitest";
import InspectCommand from "../../commands/inspect.ts";
import PromoteCommand from "../../commands/promote.ts";
import VerifyCommand from "../../commands/verify.ts";
import { waysOut } from "../../src/release/problem.ts";
import { ecrClient, manifestOf, ociManifest, repositoryClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import type { ImageShape } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const east = "123456789012/us-east-1";
const west = "123456789012/eu-west-1";
const repositoryName = "team/app";
const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 50 },
      action: { type: "expire" },
    },
  ],
});
const config = `image: ${repositoryName}
targets: [us-east-1, eu-west-1]
repository: { create: true }
lifecycle: lifecycle.json
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "lifecycle.json": lifecycle,
    "slipway.yaml": config,
  }));
});

async function released(shape: ImageShape = {}) {
  await prepareLayout(made, local, shape);
  const { receipt } = await release(made, "1.0.0");
  return receipt;
}

const atWest = () => ecrClient(local.ecr, { region: "eu-west-1" });

/** The checks that do not hold, as `REGION: NAME: FOUND`. */
async function differences(): Promise<string[]> {
  const { holds, targets } = await verify(made, "1.0.0");
  const failed = targets.flatMap(({ id, checks }) =>
    checks.flatMap((one) => (one.holds ? [] : [`${id.split("/")[1]}: ${one.name}: ${one.found}`])),
  );
  expect(holds).toBe(failed.length === 0);
  return failed;
}

/** Types the one promotion that the verification names. */
async function promoteAsTold(): Promise<void> {
  const { targets } = await verify(made, "1.0.0");
  const [told = "", ...more] = waysOut(targets.flatMap(({ checks }) => checks));
  expect(more).toEqual([]);
  const words = told.replace(/^slipway promote /, "").split(" ");
  const promoted = await runCommand(PromoteCommand, words, { cwd: made.dir });
  expect(promoted.exit, promoted.stderr).toBe(0);
}

/** A signature of the image, at one region. */
async function sign(digest: string, region: string): Promise<string> {
  const client = await repositoryClient(ecrClient(local.ecr, { region }), repositoryName);
  const blob = await client.pushBlob("{}");
  const subject = { mediaType: ociManifest, digest, size: 9 };
  const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
  const body = manifestOf(blob, [blob], { subject, artifactType });
  const put = await client.putManifest(body);
  return put.headers.get("docker-content-digest") ?? "";
}

async function archive(digest: string): Promise<void> {
  await atWest().send(
    new UpdateImageStorageClassCommand({
      repositoryName,
      imageId: { imageDigest: digest },
      targetStorageClass: "ARCHIVE",
    }),
  );
}

describe("a release at two targets", () => {
  it("holds as it was made, and says from which commit", async () => {
    const { source } = await released();
    made.git("tag", "v1.0.0");
    expect(await differences()).toEqual([]);
    const { targets } = await verify(made, "1.0.0");
    expect(targets.map(({ id }) => id)).toEqual([west, east]);
    for (const { checks } of targets) {
      const found = checks.find(({ name }) => name === "revision")?.found;
      expect(found).toBe(`${source.commit.slice(0, 12)}, the commit of git tag v1.0.0`);
      expect(checks.find(({ name }) => name === "storage")?.found).toBe("active");
    }
  });

  it("lacks its version at one, which a promotion brings there", async () => {
    await released();
    const imageIds = [{ imageTag: "1.0.0" }];
    await atWest().send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    const found = await differences();
    expect(found).toContain("eu-west-1: tag 1.0.0: it does not exist");
    expect(found).toContain(
      "us-east-1: all targets agree: 1 digest, and none at 123456789012/eu-west-1",
    );
    await promoteAsTold();
    expect(await differences()).toEqual([]);
  });

  it("is in the archive at one", async () => {
    const { digest } = await released();
    await archive(digest);
    expect(await differences()).toEqual(["eu-west-1: storage: archived"]);
  });

  it("lacks a blob, or a platform's manifest, at one", async () => {
    const { platforms } = await released();
    const { value } = await runCommand(InspectCommand, ["1.0.0", "--json"], { cwd: made.dir });
    const layer = value?.platforms[0]?.layers[0]?.digest;
    const gone = (path: string) =>
      local.ecr.setFaults({
        rules: [{ fault: "error", code: "UNKNOWN", status: 404, registry: west, path }],
      });
    gone(`*/blobs/${layer}`);
    expect(await differences()).toEqual([`eu-west-1: content: lacks ${layer}`]);
    const digest = platforms[0]?.digest;
    gone(`*/manifests/${digest}`);
    const [content, ...agreement] = await differences();
    expect(content).toBe(`eu-west-1: content: ${digest} does not exist in the registry`);
    expect(agreement).toEqual([]);
  });

  it("lacks a platform that was asked for", async () => {
    await released({ platforms: ["linux/amd64"] });
    expect(await differences()).toEqual(
      ["eu-west-1", "us-east-1"].flatMap((region) => [
        `${region}: platform linux/arm64: linux/amd64`,
        `${region}: attestations: 1 of 2`,
      ]),
    );
  });

  it("has no attestations", async () => {
    await released({ attestations: false });
    expect(await differences()).toEqual([
      "eu-west-1: attestations: 0 of 2",
      "us-east-1: attestations: 0 of 2",
    ]);
  });

  it("has labels of another commit than its index", async () => {
    const { source } = await released({ labelled: "f".repeat(40) });
    const wanted = source.commit.slice(0, 12);
    const wrong = `annotation: ${wanted}; label of linux/amd64: ffffffffffff; label of linux/arm64: ffffffffffff`;
    expect(await differences()).toEqual(
      ["eu-west-1", "us-east-1"].map(
        (region) =>
          `${region}: revision: ${wrong}; expected ${wanted}; there is no git tag v1.0.0 here to compare it with`,
      ),
    );
  });

  it("has no label of the commit, and is told how to get one", async () => {
    await released({ labelled: "" });
    const [found, ...more] = await differences();
    expect(found).toContain("label of linux/amd64: none; label of linux/arm64: none");
    expect(found).toContain("--label org.opencontainers.image.revision=COMMIT");
    expect(more).toHaveLength(1);
  });

  it("is whole while a newer version has come to one target alone, and a note says so", async () => {
    await released();
    made.commit({ "version.txt": "1.1.0" });
    await prepareLayout(made, local);
    const one = { overrides: { onlyTargets: [east] } };
    await release(made, "1.1.0", one);
    const { stdout, exit, value } = await runCommand(VerifyCommand, ["1.0.0"], { cwd: made.dir });
    expect(exit, stdout).toBe(0);
    expect(value?.notes.map(({ code }) => code)).toEqual(["FLOATING_TAGS_DIFFER"]);
    expect(stdout).toContain(
      `note  1, latest: 1.0.0 at ${west}, 1.1.0 at ${east}\n    try  slipway promote ${repositoryName}:1.1.0 --from ${east} --to ${west}\n`,
    );
    const newer = await runCommand(VerifyCommand, ["1.1.0"], { cwd: made.dir });
    expect(newer.exit).toBe(3);
    await release(made, "1.1.0");
    const { notes } = await verify(made, "1.0.0");
    expect(notes).toEqual([]);
  });

  it("gets a floating tag back by the command that is named, when HEAD is another commit", async () => {
    await released();
    const imageIds = [{ imageTag: "latest" }];
    await atWest().send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    made.commit();
    expect(await differences()).toHaveLength(1);
    await promoteAsTold();
    expect(await differences()).toEqual([]);
  });

  it("was built from another commit than its git tag names", async () => {
    const { source } = await released();
    const other = made.commit();
    made.git("tag", "--annotate", "--message", "late", "v1.0.0");
    const [found, ...more] = await differences();
    const [built, named] = [source.commit, other].map((commit) => commit.slice(0, 12));
    expect(found).toBe(
      `eu-west-1: revision: ${built}; expected ${named}, the commit of git tag v1.0.0`,
    );
    expect(more).toHaveLength(1);
  });

  it("lacks a signature at one, and has it in the archive there", async () => {
    const { digest } = await released();
    const signature = await sign(digest, "us-east-1");
    const named = `${signature} (application/vnd.dev.cosign.artifact.sig.v1+json)`;
    expect(await differences()).toEqual([`eu-west-1: referrers: lacks ${named}`]);
    made.commit();
    await promoteAsTold();
    expect(await differences()).toEqual([]);
    await archive(signature);
    expect(await differences()).toEqual([`eu-west-1: referrers: archived: ${named}`]);
    const { targets } = await verify(made, "1.0.0");
    const [restoring] = waysOut(targets.flatMap(({ checks }) => checks));
    expect(restoring).toMatch(
      new RegExp(
        `^aws ecr update-image-storage-class --region eu-west-1 .* --image-id imageDigest=${signature} `,
      ),
    );
  });

  it("lacks its lifecycle policy at one", async () => {
    await released();
    await atWest().send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    expect(await differences()).toEqual(["eu-west-1: lifecycle policy: there is none"]);
  });

  it("shows at a glance which check fails where, within 80 columns, and ends with 3", async () => {
    await released();
    await atWest().send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    const { stdout, exit } = await runCommand(VerifyCommand, ["1.0.0"], {
      cwd: made.dir,
      columns: 80,
    });
    expect(exit).toBe(3);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("team/app 1.0.0 is not published as it should be");
    expect(lines.filter((line) => line.includes("  NO"))).toEqual([
      expect.stringMatching(/^ {2}lifecycle policy +NO +ok$/),
      "    NO  lifecycle policy  there is none",
    ]);
    expect(stdout).toMatch(/^ {2}tag 1\.0\.0 +ok +ok$/m);
    expect(stdout).toMatch(new RegExp(`^  1  ${west}  commit`, "m"));
    expect(stdout).toMatch(new RegExp(`^  2  ${east}  commit`, "m"));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("a principal that may not list images", () => {
  it("is told so, and not that the version is missing", async () => {
    await local[Symbol.asyncDispose]();
    local = await rehearsal({ deny: ["ecr:DescribeImages"] });
    const [found] = await differences();
    expect(found).toMatch(/^eu-west-1: permission: not allowed to ecr:DescribeImages/);
  });
});
