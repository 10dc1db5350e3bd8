import { PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { receiptText } from "../../src/cli/receipt-text.ts";
import { ecrClient } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";

const config = (image: string, more = "") => `image: ${image}
targets: [us-east-1]
repository: { create: true${more} }
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  local = await rehearsal();
  made = project({ Dockerfile: "FROM scratch\n", "slipway.yaml": config("base/node") });
  await prepareLayout(made, local, { seed: "shared" });
  await release(made, "1.0.0");
  made.commit({ "slipway.yaml": config("team/app", ", mountFrom: base/node") });
  await prepareLayout(made, local, { seed: "shared" });
  local.requests.length = 0;
});
afterEach(async () => {
  made[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
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
