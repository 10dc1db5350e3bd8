import { BatchDeleteImageCommand, BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import RollbackCommand from "../../commands/rollback.ts";
import VerifyCommand from "../../commands/verify.ts";
import { ecrsOf, openWorld } from "../../src/cli/world.ts";
import type { PromotionReceipt } from "../../src/promotion/receipt.ts";
import { compareVersions } from "../../src/release/planning/version.ts";
import type { Verification } from "../../src/release/verify.ts";
import { applyRollback, type RollbackReceipt } from "../../src/rollback/apply.ts";
import { observeRollback } from "../../src/rollback/observe.ts";
import type { RollbackPlan } from "../../src/rollback/plan.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { ecrClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { prepare, type Rehearsal, rehearsal } from "../support/release.ts";

const regions = ["us-east-1", "eu-west-1"];
const id = { name: "team/app" };
const { signal } = new AbortController();

let local: Rehearsal;
let made: Project;
let commits: Map<string, string>;

beforeEach(async () => {
  local = await rehearsal();
  commits = new Map();
  made = project({
    "slipway.yaml":
      "image: team/app\ntargets: [us-east-1, eu-west-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\n",
  });
});

afterEach(async () => {
  made[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

function run(command: unknown, ...args: string[]) {
  const env = { DOCKER_CONFIG: made.dir, CI: "1" };
  return runCommand(command as Parameters<typeof runCommand>[0], args, { cwd: made.dir, env });
}

async function releaseNew(...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    commits.set(version, made.commit({ "version.txt": version }));
    await prepareLayout(made, local);
    await releaseAgain(version);
  }
}

async function releaseAgain(version: string): Promise<string> {
  made.git("checkout", "--quiet", commits.get(version) ?? "");
  const { exit, stderr, stdout } = await run(ReleaseCommand, version);
  expect(exit, stderr).toBe(0);
  return stdout + stderr;
}

async function rollback(...args: string[]) {
  const { exit, stdout, stderr, value } = await run(RollbackCommand, ...args);
  return { exit, text: stdout, stderr, value: value as RollbackReceipt & RollbackPlan };
}

async function promote(...args: string[]): Promise<void> {
  const { exit, stderr } = await run(PromoteCommand, ...args);
  expect(exit, stderr).toBe(0);
}

async function loadedRequest() {
  const { request } = await prepare(made, "0.0.1", () => {}, {});
  return request;
}

/** The version that a tag is at, the same everywhere. */
async function versionOf(tag: string): Promise<string | undefined> {
  const found = await Promise.all(regions.map((region) => versionAt(region, tag)));
  expect(new Set(found).size, `${tag}: ${found.join(", ")}`).toBe(1);
  return found[0];
}

async function removeAt(region: string, imageTag: string): Promise<void> {
  const repository = { repositoryName: "team/app" };
  const { images = [] } = await ecrClient(local.ecr, { region }).send(
    new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag }] }),
  );
  const imageIds = images.map(({ imageId }) => ({ imageDigest: imageId?.imageDigest }));
  await ecrClient(local.ecr, { region }).send(
    new BatchDeleteImageCommand({ ...repository, imageIds }),
  );
}

async function versionAt(region: string, tag: string): Promise<string | undefined> {
  const images = await ecrsOf(signal)({ region }).taggedImages(id);
  const { tags = [] } = images.find((image) => image.tags.includes(tag)) ?? {};
  return tags
    .filter((one) => /^\d+\.\d+\.\d+$/.test(one))
    .sort(compareVersions)
    .at(-1);
}

describe("a rollback", () => {
  it("takes the tag back by the receipts, and no release of what there is moves it again", async () => {
    await releaseNew("1.4.0", "1.5.0", "1.5.1");
    const { exit, text, value } = await rollback("latest");
    expect(exit, text).toBe(0);
    expect(value.newerThan).toBe("1.5.1");
    expect(value.targets.map(({ state }) => state)).toEqual(["moved", "moved"]);
    expect(await versionOf("latest")).toBe("1.5.0");
    expect(await versionOf("1")).toBe("1.5.1");
    for (const version of ["1.5.1", "1.5.0", "1.4.0"]) {
      await releaseAgain(version);
      expect(await versionOf("latest"), `after ${version} again`).toBe("1.5.0");
    }
    await releaseNew("1.4.1");
    expect([await versionOf("1.4"), await versionOf("latest")]).toEqual(["1.4.1", "1.5.0"]);
    const verified = await run(VerifyCommand, "1.5.1");
    const { targets } = verified.value as Verification;
    const checks = targets.flatMap((target) => target.checks);
    const found = checks.flatMap((check) => (check.name === "tag latest" ? [check.found] : []));
    expect(verified.exit).toBe(0);
    expect(found).toEqual(regions.map(() => "rolled back, until there is one newer than 1.5.1"));
    await releaseNew("1.5.2");
    expect(await versionOf("latest")).toBe("1.5.2");
    // The way back from 1.5.2 leads to where the tag was, and not to the version that was bad.
    await rollback("latest");
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("a second time in a row wants to be told where to, and so does its own undoing", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    const again = await rollback("latest");
    expect(again.exit).toBe(3);
    expect(again.value.problems.map(({ code }) => code)).toEqual(
      regions.map(() => "ROLLED_BACK_ALREADY"),
    );
    expect(again.value.candidates).toEqual(["1.5.0"]);
    expect(again.text).toContain("--to VERSION: 1.5.0");
    expect((await rollback("latest", "--to", "1.5.0")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.5.0");
    const nothing = await rollback("latest", "--to", "1.5.0");
    expect([nothing.exit, nothing.value.targets[0]?.state]).toEqual([0, "already"]);
  });

  it("further back stays below the first version that it left", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    await rollback("latest");
    const { value } = await rollback("latest", "--to", "1.3.0");
    expect(value.newerThan).toBe("1.5.0");
    await releaseAgain("1.4.0");
    await releaseAgain("1.5.0");
    expect(await versionOf("latest")).toBe("1.3.0");
  });

  it("is not undone by a promotion of what it went back from", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    const { exit, stderr, value } = await run(PromoteCommand, "1.5.0", "--to", "us-east-1");
    expect(exit, stderr).toBe(0);
    expect(await versionOf("latest")).toBe("1.4.0");
    // The plan knew it, and why.
    expect((value as PromotionReceipt).steps.map(({ step }) => step)).toContainEqual({
      action: "keep",
      target: "123456789012/us-east-1/team/app",
      what: "tag latest",
      because: "rolled back: only a version newer than 1.5.0 moves it",
    });
  });

  it("is not undone by a release anew of what it went back from, once that was deleted", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    for (const region of regions) await removeAt(region, "1.5.0");
    expect(await releaseAgain("1.5.0")).toContain("only a version newer than 1.5.0 moves it");
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("of a tag that was named holds it against promotions of what is not newer", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const named = ["--to", "us-east-1", "--tag", "production"];
    for (const version of ["1.4.0", "1.5.0"]) await promote(version, ...named);
    await rollback("production", "--region", "us-east-1");
    const refused = await run(PromoteCommand, "1.5.0", ...named);
    expect([refused.exit, refused.stdout]).toEqual([3, expect.stringContaining("TAG_HELD")]);
    expect(await versionAt("us-east-1", "production")).toBe("1.4.0");
    await releaseNew("1.6.0");
    await promote("1.6.0", ...named);
    expect(await versionAt("us-east-1", "production")).toBe("1.6.0");
  });

  it("goes where the tag was at that place, whatever was before where the image came from", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    for (const version of ["1.3.0", "1.5.0"]) await promote(version, "--to", "ap-south-1");
    const { exit, text } = await rollback("latest", "--region", "ap-south-1");
    expect(exit, text).toBe(0);
    expect(await versionAt("ap-south-1", "latest")).toBe("1.3.0");
  });

  it("holds the tag where it was made, and not where the image goes later", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    await promote("1.4.0", "--to", "ap-south-1");
    await promote("1.5.0", "--to", "ap-south-1", "--tag", "1.5.0");
    await promote("1.5.0", "--to", "ap-south-1");
    expect(await versionAt("ap-south-1", "latest")).toBe("1.5.0");
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("that ended at one target is finished at the other", async () => {
    await releaseNew("1.4.0", "1.5.0");
    expect((await rollback("latest", "--region", "us-east-1")).exit).toBe(0);
    expect(await versionAt("eu-west-1", "latest")).toBe("1.5.0");
    const { exit, value } = await rollback("latest");
    expect(exit).toBe(0);
    expect(value.targets.map(({ state }) => state).sort()).toEqual(["already", "moved"]);
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("is done where the registry takes no record, and says that it will not be remembered", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const path = "/v2/team/app/manifests/*";
    const error = { fault: "error", code: "UNSUPPORTED", status: 405 } as const;
    local.ecr.setFaults({ rules: [{ method: "PUT", path, ...error }] });
    const { exit, text, value } = await rollback("latest");
    expect(exit).toBe(0);
    expect(value.targets.map(({ record }) => record?.state)).toEqual(["refused", "refused"]);
    expect(text).toContain("does not remember it");
    expect(await versionOf("latest")).toBe("1.4.0");
    await releaseAgain("1.5.0");
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("without a receipt needs --to, or the file of the receipt", async () => {
    const path = "/v2/team/app/blobs/uploads/";
    await releaseNew("1.4.0");
    await releaseNew("1.5.0");
    local.ecr.setFaults({ rules: [{ method: "POST", path, fault: "status", status: 405 }] });
    made.git("checkout", "--quiet", commits.get("1.4.0") ?? "");
    const written = await run(ReleaseCommand, "1.6.0", "--receipt", "receipt.json");
    expect(written.exit, written.stderr).toBe(0);
    const refused = await rollback("latest");
    expect(refused.exit).toBe(3);
    expect(refused.text).toContain("--to VERSION: 1.5.0");
    expect(refused.value.problems[0]?.code).toBe("PREDECESSOR_UNKNOWN");
    expect((await rollback("latest", "--receipt", "receipt.json", "--dry-run")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.6.0");
    expect((await rollback("latest", "--receipt", "receipt.json")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("moves nothing anywhere when the tag has moved at one target since it was planned", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const request = await loadedRequest();
    const world = openWorld({ projectDir: made.dir, env: process.env, signal, report: () => {} });
    const asked = { tag: "latest", receipts: [] };
    const plan = planRollback(asked, request, await observeRollback(asked, request, world));
    await rollback("latest", "--to", "1.4.0", "--region", "eu-west-1");
    await releaseNew("1.6.0");
    await expect(applyRollback(plan, world)).rejects.toMatchObject({ code: "PLAN_STALE" });
    expect(await versionOf("latest")).toBe("1.6.0");
  });

  it("refuses what is no floating tag, what is not there, and what is not whole", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const codes = async (...args: string[]) => {
      const { exit, value } = await rollback(...args);
      expect(exit).toBe(3);
      return [...new Set(value.problems.map(({ code }) => code))];
    };
    expect(await codes("1.5.0")).toEqual(["TAG_FIXED"]);
    expect(await codes(`sha-${commits.get("1.5.0")?.slice(0, 12)}`)).toEqual(["TAG_FIXED"]);
    expect(await codes("stable")).toEqual(["TAG_MISSING"]);
    expect(await codes("latest", "--to", "1.2.0")).toEqual(["VERSION_UNKNOWN"]);
    expect(await codes("1.5", "--to", "1.4.0")).toEqual(["VERSION_OF_OTHER_LINE"]);
    expect(await codes("latest", "--to", `sha256:${"a".repeat(64)}`)).toEqual(["IMAGE_INCOMPLETE"]);
    expect(await versionOf("latest")).toBe("1.5.0");
  });
});
