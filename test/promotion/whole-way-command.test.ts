import { beforeEach, describe, expect, it } from "vitest";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import RollbackCommand from "../../commands/rollback.ts";
import type { PromotionReceipt } from "../../src/promotion/receipt.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import type { Rehearsal } from "../support/release.ts";
import { stage } from "../support/stage.ts";
import { registryState } from "../support/state.ts";
import { pushWithBelongings } from "./tree.ts";

const account = "123456789012";
let local: Rehearsal;
let made: Project;
beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\n",
    "slipway.yaml": "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n",
  }));
});

async function releaseNew(version: string, ...args: string[]): Promise<Receipt> {
  made.commit({ "version.txt": version });
  await prepareLayout(made, local);
  const { exit, stderr, value } = await call(ReleaseCommand, version, ...args);
  expect(exit, stderr).toBe(0);
  return value as Receipt;
}

function call(command: unknown, ...args: string[]) {
  return runCommand(command as Parameters<typeof runCommand>[0], args, { cwd: made.dir });
}

const tagsAt = async (region: string) =>
  Object.keys((await registryState(local, [region]))[`${account}/${region}/team/app`] ?? {});

describe("--from-receipt", () => {
  it("promotes what the receipt of a release says, whatever was released since", async () => {
    const { digest } = await releaseNew("1.0.0", "--receipt", "receipt.json");
    await releaseNew("1.1.0");
    const args = ["--from-receipt", "receipt.json", "--to", "eu-west-1"];
    const { exit, stderr, value } = await call(PromoteCommand, ...args);
    expect(exit, stderr).toBe(0);
    const { targets } = value as PromotionReceipt;
    expect(targets[0]?.images.map((image) => image.digest)).toEqual([digest]);
    expect(await tagsAt("eu-west-1")).toContain("1.0.0");
    expect(await tagsAt("eu-west-1")).not.toContain("1.1.0");
  });
});

it("--from-receipt goes on from where a promotion brought it", async () => {
  const { digest } = await releaseNew("1.0.0");
  const stage = async (to: string, ...from: string[]) => {
    const { exit, stderr, value } = await call(PromoteCommand, ...from, "--to", to);
    expect(exit, stderr).toBe(0);
    return value as PromotionReceipt;
  };
  await stage("eu-west-1/staging/app", "1.0.0", "--receipt", "staged.json");
  const { images, targets } = await stage(
    "us-west-2/production/app",
    ...["--from-receipt", "staged.json"],
  );
  expect(images.map(({ from }) => from)).toEqual([`${account}/eu-west-1/staging/app`]);
  expect(targets[0]?.images.map((image) => image.digest)).toEqual([digest]);
});

it("--from-receipt promotes all images that were released together", async () => {
  const receipts = ["team/app", "team/worker"].map(async (image) => {
    const { root } = await pushWithBelongings(local, ["1.0.0"], { name: image, seed: image });
    return { image, targets: [{ id: `${account}/us-east-1`, digest: root }] };
  });
  const document = { format: 1, receipts: await Promise.all(receipts) };
  made.commit({ "receipts.json": JSON.stringify(document) });
  const args = ["--from-receipt", "receipts.json", "--to", "eu-west-1"];
  const { exit, stderr, value } = await call(PromoteCommand, ...args);
  expect(exit, stderr).toBe(0);
  const { targets } = value as PromotionReceipt;
  expect(targets.map(({ images }) => images[0]?.digest)).toEqual(
    document.receipts.map(({ targets: [first] }) => first?.digest),
  );
});

describe("where there is no slipway.yaml", () => {
  const whole = `${account}.dkr.ecr.us-east-1.amazonaws.com/team/app`;
  const to = ["--to", "210987654321/eu-west-1/production/app", "--create-repository"];
  const promoted = async (...args: string[]) => {
    using empty = project({});
    return await runCommand(PromoteCommand, args, { cwd: empty.dir });
  };

  it("a whole reference needs none", async () => {
    const { root } = await pushWithBelongings(local, ["1.0.0"]);
    for (const ref of [`${whole}:1.0.0`, `${whole}@${root}`, `${whole}@${root.slice(0, 19)}`]) {
      const { exit, stderr, value } = await promoted(ref, ...to);
      expect(exit, stderr).toBe(0);
      expect((value as PromotionReceipt).targets[0]?.images[0]?.digest).toBe(root);
    }
  });

  it("says what is to be named, by a name that there is", async () => {
    const { exit, stderr } = await promoted("1.0.0", "--from", "us-east-1", ...to);
    expect(exit).toBe(2);
    expect(stderr).toContain("pass REPOSITORY:TAG");
    expect(stderr).not.toContain("--image");
  });
});

it("a directory is no place for the receipt, and none is to be made", async () => {
  const { exit, stderr } = await call(
    PromoteCommand,
    "1.0.0",
    "--to",
    "eu-west-1",
    "--receipt",
    "/",
  );
  expect(exit).toBe(2);
  expect(stderr).toContain("name a file in it");
  expect(stderr).not.toContain("mkdir");
});

describe("a permission that is missing", () => {
  it("at the destination stops a promotion before any tag", async () => {
    await releaseNew("1.0.0");
    const rule = { method: "POST", path: "/v2/team/app/blobs/uploads/" } as const;
    local.ecr.setFaults({ rules: [{ ...rule, fault: "error", code: "DENIED", status: 403 }] });
    const { exit, stderr } = await call(PromoteCommand, "1.0.0", "--to", "eu-west-1");
    expect(exit).toBe(1);
    expect(stderr).toContain("nothing was tagged");
    expect(stderr).not.toContain("--only-target");
    local.ecr.setFaults(undefined);
    expect(await tagsAt("eu-west-1")).toEqual([]);
    expect((await call(PromoteCommand, "1.0.0", "--to", "eu-west-1")).exit).toBe(0);
  });

  it("to write the tag ends a rollback, and the next one does it", async () => {
    await releaseNew("1.0.0");
    await releaseNew("1.1.0");
    const refusal = { fault: "error", code: "AccessDeniedException", status: 400 } as const;
    local.ecr.setFaults({ rules: [{ operation: "PutImage", ...refusal }] });
    const before = await registryState(local, ["us-east-1"]);
    const { exit, stderr } = await call(RollbackCommand, "latest");
    expect(exit).toBe(1);
    expect(stderr).toContain("ecr:PutImage");
    expect(await registryState(local, ["us-east-1"])).toEqual(before);
    local.ecr.setFaults(undefined);
    const { exit: after, stderr: said } = await call(RollbackCommand, "latest");
    expect(after, said).toBe(0);
  });

  it("to look at the images of a target refuses a rollback", async () => {
    await releaseNew("1.0.0");
    const refusal = { fault: "error", code: "AccessDeniedException", status: 400 } as const;
    local.ecr.setFaults({ rules: [{ operation: "DescribeImages", ...refusal }] });
    const { exit, stdout } = await call(RollbackCommand, "latest");
    expect(exit).toBe(3);
    expect(stdout).toContain("ecr:DescribeImages");
  });
});
