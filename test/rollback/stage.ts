import { BatchDeleteImageCommand, BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { beforeEach, expect } from "vitest";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import RollbackCommand from "../../commands/rollback.ts";
import { ecrsOf } from "../../src/cli/world.ts";
import { compareVersions } from "../../src/release/planning/version.ts";
import type { RollbackPlan } from "../../src/rollback/plan.ts";
import type { RollbackReceipt } from "../../src/rollback/receipt.ts";
import { ecrClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { prepare, type Rehearsal } from "../support/release.ts";
import { stage } from "../support/stage.ts";

export const account = "123456789012";
export const regions = ["us-east-1", "eu-west-1"];
const id = { name: "team/app" };
const { signal } = new AbortController();

let local: Rehearsal;
let made: Project;
let commits: Map<string, string>;

/** A project with two targets and a local ECR for each test of a file; `local` and `made` are theirs. */
export function stageRollbacks(): { local(): Rehearsal; made(): Project } {
  beforeEach(open);
  return { local: () => local, made: () => made };
}

async function open(): Promise<void> {
  commits = new Map();
  ({ local, made } = await stage({
    "slipway.yaml":
      "image: team/app\ntargets: [us-east-1, eu-west-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\n",
  }));
}

export function run(command: unknown, ...args: string[]) {
  const env = { DOCKER_CONFIG: made.dir, CI: "1" };
  return runCommand(command as Parameters<typeof runCommand>[0], args, { cwd: made.dir, env });
}

export async function releaseNew(...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    commits.set(version, made.commit({ "version.txt": version }));
    await prepareLayout(made, local);
    await releaseAgain(version);
  }
}

/** The commit that a version was released from. */
export function commitOf(version: string): string {
  return commits.get(version) ?? "";
}

export async function releaseAgain(version: string): Promise<string> {
  made.git("checkout", "--quiet", commits.get(version) ?? "");
  const { exit, stderr, stdout } = await run(ReleaseCommand, version);
  expect(exit, stderr).toBe(0);
  return stdout + stderr;
}

export async function rollback(...args: string[]) {
  const { exit, stdout, stderr, value } = await run(RollbackCommand, ...args);
  return { exit, text: stdout, stderr, value: value as RollbackReceipt & RollbackPlan };
}

export async function promote(...args: string[]): Promise<void> {
  const { exit, stderr } = await run(PromoteCommand, ...args);
  expect(exit, stderr).toBe(0);
}

export async function loadedRequest() {
  const { request } = await prepare(made, "0.0.1", () => {}, {});
  return request;
}

/** The version that a tag is at, the same everywhere. */
export async function versionOf(tag: string): Promise<string | undefined> {
  const found = await Promise.all(regions.map((region) => versionAt(region, tag)));
  expect(new Set(found).size, `${tag}: ${found.join(", ")}`).toBe(1);
  return found[0];
}

export async function removeAt(region: string, imageTag: string): Promise<void> {
  const repository = { repositoryName: "team/app" };
  const { images = [] } = await ecrClient(local.ecr, { region }).send(
    new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag }] }),
  );
  const imageIds = images.map(({ imageId }) => ({ imageDigest: imageId?.imageDigest }));
  await ecrClient(local.ecr, { region }).send(
    new BatchDeleteImageCommand({ ...repository, imageIds }),
  );
}

export async function versionAt(region: string, tag: string): Promise<string | undefined> {
  const images = await ecrsOf({ signal, report: () => {} })({ region }).taggedImages(id);
  const { tags = [] } = images.find((image) => image.tags.includes(tag)) ?? {};
  return tags
    .filter((one) => /^\d+\.\d+\.\d+$/.test(one))
    .sort(compareVersions)
    .at(-1);
}
