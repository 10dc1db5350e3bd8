import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { setForTest, standIn } from "../support/stand-in.ts";
import { registryState } from "../support/state.ts";

let local: Rehearsal;
let source: Project;

beforeEach(async () => {
  local = await rehearsal();
  source = project({
    "slipway.yaml": `image: team/signed
targets: [us-east-1, eu-west-1]
repository: { create: true }
gates: { signature: { cosign: [--key, "env://KEY"] } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local);
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

const signatureChecks = async () =>
  (await verify(source, "1.0.0")).targets.map(
    ({ checks }) => checks.find(({ name }) => name === "signature")?.holds,
  );
const tags = async () =>
  Object.keys((await registryState(local))["123456789012/us-east-1/team/signed"] ?? {});

test("a stand-in for cosign signs the digest at every target before a tag is written, and once", async () => {
  const cosign = standIn("cosign", "cosign.ts");
  const { receipt, plan } = await release(source, "1.0.0");
  const actions = plan.steps.map((step) =>
    step.action === "gate" ? `${step.stage} gate` : step.action,
  );
  expect(actions.indexOf("published gate")).toBeGreaterThan(actions.lastIndexOf("verify"));
  expect(actions.indexOf("published gate")).toBeLessThan(actions.indexOf("tag"));
  expect(receipt.gates.map(({ stage, state, summary }) => [stage, state, summary])).toEqual([
    ["layout", "passed", "cosign is here"],
    ["published", "passed", "signed at 2 of 2 targets"],
  ]);
  const signed = cosign.calls().map(({ args }) => args);
  expect(signed.map((args) => args.slice(0, -1))).toEqual(
    [1, 2].map(() => ["--yes", "--registry-referrers-mode=oci-1-1", "--key", "env://KEY"]),
  );
  for (const args of signed) expect(args.at(-1)).toMatch(`/team/signed@${receipt.digest}`);
  expect(JSON.stringify(cosign.calls())).not.toContain("password");
  const named = await tags();
  expect(named).toContain("1.0.0");
  expect(named.filter((tag) => tag.startsWith("sha256-"))).toEqual([]);

  const again = await release(source, "1.0.1");
  expect(again.receipt.digest).toBe(receipt.digest);
  expect(again.receipt.gates).toMatchObject([
    { stage: "published", summary: "signed at 2 of 2 targets, 2 before" },
  ]);
  expect(cosign.calls()).toHaveLength(2);
  expect(await signatureChecks()).toEqual([true, true]);
});

test("an image without the signature that is asked for does not hold", async () => {
  standIn("cosign", "cosign.ts");
  await release(source, "1.0.0", { overrides: { skippedGates: ["signature"] } });
  expect(await signatureChecks()).toEqual([false, false]);
});

test("where a stand-in for cosign fails there is no tag, and what it said is told", async () => {
  standIn("cosign", "cosign.ts");
  setForTest("STAND_IN_FAILS", "1");
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    exit: 3,
    message: "nothing was tagged: refused by the gate signature",
    gates: [
      { state: "passed" },
      {
        findings: [
          { code: "SIGNING_FAILED", message: expect.stringContaining("AccessDenied") },
          { code: "SIGNING_FAILED" },
        ],
      },
    ],
  });
  expect(await tags()).toEqual([]);
});

test("without cosign nothing leaves", async () => {
  setForTest("PATH", `${process.execPath.replace(/\/node$/, "")}:/usr/bin:/bin`);
  local.requests.length = 0;
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "PLAN_REFUSED",
    message: expect.stringContaining("GATE_TOOL_MISSING: 'cosign' is not installed"),
  });
  expect(local.requests.filter(({ method }) => method === "PUT")).toEqual([]);
});
