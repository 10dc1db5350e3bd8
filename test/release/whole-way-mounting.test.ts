import { PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import { beforeEach, describe, expect, it } from "vitest";
import { receiptText } from "../../src/cli/publishing/receipt-text.ts";
import type { FaultSet } from "../../src/local/faults/rule.ts";
import type { Plan } from "../../src/release/plan.ts";
import { ecrClient } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const config = (image: string, more = "") => `image: ${image}
targets: [us-east-1]
repository: { create: true${more} }
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\n",
    "slipway.yaml": config("base/node"),
  }));
  await prepareLayout(made, local, { seed: "shared" });
  await release(made, "1.0.0");
  made.commit({ "slipway.yaml": config("team/app", ", mountFrom: base/node") });
  await prepareLayout(made, local, { seed: "shared" });
  local.requests.length = 0;
});

const mounting = (value: "ENABLED" | "DISABLED") =>
  ecrClient(local.ecr).send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value }));
const asked = () => local.requests.map(({ operation }) => operation);

describe("repository.mountFrom", () => {
  it("mounts what the neighbour has, where the account lets it", async () => {
    await mounting("ENABLED");
    const { plan, receipt } = await release(made, "1.0.0");
    const copied = receipt.targets[0]?.copied;
    expect(plan.steps.find(({ action }) => action === "copy")).toMatchObject({
      mountFrom: ["base/node"],
    });
    expect(copied?.mountedBlobs).toBe(2); // the layers of two platforms
    expect(copied?.movedBytes).toBeLessThan(copied?.mountedBytes ?? 0);
    expect(receiptText(receipt)).toContain("mounted in");
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("uploads, and says why, where mounting is off", async () => {
    const { plan, receipt } = await release(made, "1.0.0");
    expect(plan.notes.map(({ code }) => code)).toContain("MOUNTING_OFF");
    expect(receipt.targets[0]?.copied).toMatchObject({ mountedBlobs: 0, refusedMounts: 0 });
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("asks for the setting only where it is wanted", async () => {
    await release(made, "1.0.0");
    expect(asked()).toContain("GetAccountSetting");
    made.commit({ "slipway.yaml": config("team/other") });
    await prepareLayout(made, local, { seed: "other" });
    local.requests.length = 0;
    await release(made, "1.0.0");
    expect(asked()).not.toContain("GetAccountSetting");
  });
});

describe("a base image in the target's registry", () => {
  const denied: FaultSet = {
    rules: [{ operation: "GetAccountSetting", fault: "error", code: "AccessDeniedException" }],
  };
  const copyStep = ({ steps }: Plan) => steps.find(({ action }) => action === "copy");
  const host = () => new URL(local.ecr.registry).host;

  /** What is planned for an image that stands on whatever `from` says, and has the neighbour's layers. */
  async function standsOn(from: string): Promise<Plan> {
    made.commit({ Dockerfile: `${from}\nCOPY . /\n`, "slipway.yaml": config("team/app") });
    local.requests.length = 0;
    return await prepareLayout(made, local, { seed: "shared" });
  }

  it("is mounted from, where the account lets it, into a repository that is made for it", async () => {
    await mounting("ENABLED");
    await standsOn(`FROM ${host()}/base/node:1.0.0`);
    const { plan, receipt } = await release(made, "1.0.0");
    expect(plan.steps.map(({ action }) => action)).toContain("create-repository");
    expect(copyStep(plan)).toMatchObject({
      mountFrom: ["base/node"],
      because: expect.stringContaining("layers that base/node has are mounted"),
    });
    expect(receipt.targets[0]?.copied?.mountedBlobs).toBe(2);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("says nothing where mounting is off, or may not be asked", async () => {
    for (const fault of [undefined, denied]) {
      local.ecr.setFaults(fault);
      const planned = await standsOn(`FROM ${host()}/base/node:1.0.0`);
      expect(asked()).toContain("GetAccountSetting");
      expect(copyStep(planned)).not.toHaveProperty("mountFrom");
      expect(planned.notes).toEqual([]);
    }
  });

  it("is not asked about where it is elsewhere, of the image itself, or not under the image", async () => {
    await mounting("ENABLED");
    for (const from of [
      "FROM 127.0.0.1:9/base/node:1.0.0",
      `FROM ${host()}/team/app:0.9.0`,
      `FROM ${host()}/base/node AS make\nFROM scratch`,
    ]) {
      const planned = await standsOn(from);
      expect(asked()).not.toContain("GetAccountSetting");
      expect(copyStep(planned)).not.toHaveProperty("mountFrom");
    }
  });
});
