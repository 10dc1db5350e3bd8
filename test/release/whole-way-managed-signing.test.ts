import { PutSigningConfigurationCommand } from "@aws-sdk/client-ecr";
import { afterEach, expect, test } from "vitest";
import type { LocalEcrOptions } from "../../src/local/server.ts";
import { ecrClient } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { registryState } from "../support/state.ts";

const regions = ["eu-west-1", "us-east-1"];

let local: Rehearsal;
let source: Project;

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

async function start(options: LocalEcrOptions = {}) {
  local = await rehearsal(options);
  source = project({
    "slipway.yaml": `image: team/signed
targets: [${regions}]
repository: { create: true }
gates: { signature: { managed: true } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local);
  for (const region of regions) {
    const signingProfileArn = `arn:aws:signer:${region}:123456789012:/signing-profiles/releases`;
    const rules = [{ signingProfileArn }];
    await ecrClient(local.ecr, { region }).send(
      new PutSigningConfigurationCommand({ signingConfiguration: { rules } }),
    );
  }
}

const checks = async (version: string) =>
  (await verify(source, version)).targets.map(
    ({ checks }) => checks.find(({ name }) => name === "managed signature")?.holds,
  );
const tags = async () =>
  Object.keys((await registryState(local))["123456789012/us-east-1/team/signed"] ?? {});

test("ECR's own signature is waited for, told, and verified at every target", async () => {
  await start();
  const { receipt, events } = await release(source, "1.0.0");
  expect(receipt.gates).toMatchObject([
    { stage: "published", state: "passed", summary: "by ECR at 2 of 2 targets" },
  ]);
  const waits = events.flatMap((event) => (event.type === "waiting" ? [event.why] : []));
  expect(waits).toContainEqual(expect.stringContaining(`ECR's signature of ${receipt.digest}`));
  expect(await tags()).toContain("1.0.0");
  expect(await checks("1.0.0")).toEqual([true, true]);
});

test("who may not sign has no tag, and is told why", async () => {
  await start({ deny: ["signer:SignPayload"] });
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    message: "nothing was tagged: refused by the gate signature",
    gates: [
      {
        findings: regions.map((region) => ({
          code: "MANAGED_SIGNING_FAILED",
          place: `123456789012/${region}`,
          message: expect.stringContaining("signer:SignPayload"),
        })),
      },
    ],
  });
  expect(await tags()).toEqual([]);
  await release(source, "1.0.0", { overrides: { skippedGates: ["signature"] } });
  expect(await checks("1.0.0")).toEqual([false, false]);
});
