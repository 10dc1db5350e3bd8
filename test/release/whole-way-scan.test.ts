import { afterEach, expect, test } from "vitest";
import type { LocalEcrOptions } from "../../src/local/server.ts";
import { readTree } from "../../src/oci/tree.ts";
import { hurriedLimits } from "../support/hurry.ts";
import type { ImageShape } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, prepare, type Rehearsal, rehearsal, release } from "../support/release.ts";
import { setForTest, standIn } from "../support/stand-in.ts";
import { registryState } from "../support/state.ts";

let local: Rehearsal;
let source: Project;

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

async function start(scan: string, options: LocalEcrOptions = {}, shape: ImageShape = {}) {
  local = await rehearsal(options);
  source = project({
    "slipway.yaml": `image: team/scanned
targets: [us-east-1]
repository: { create: true }
gates: { scan: ${scan} }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local, shape);
  local.requests.length = 0;
}

const written = () => local.requests.filter(({ method }) => ["PUT", "PATCH"].includes(method));
const operations = () => local.requests.flatMap(({ operation }) => operation ?? []);

test("what a stand-in for trivy finds in each platform refuses before anything leaves", async () => {
  await start("{ with: trivy, fail: { fixable: true } }");
  const trivy = standIn("trivy", "trivy.ts");
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    message: "nothing was published: refused by the gate scan",
    gates: [
      {
        summary: "trivy 0.66.0: 2 critical, 1 high, 0 other in 2 images",
        findings: [
          {
            code: "VULNERABLE_PACKAGE",
            place: "linux/amd64, linux/arm64",
            message: "openssl 3.0.1: CVE-2026-0001 (critical)",
          },
        ],
      },
    ],
  });
  expect(written()).toEqual([]);
  expect(trivy.calls()).toHaveLength(2);
});

test("what a stand-in for trivy found is remembered for its database, and for no other", async () => {
  await start("{ with: trivy, mode: warn }");
  const trivy = standIn("trivy", "trivy.ts");
  setForTest("STAND_IN_DATABASE", "2026-03-01T06:00:00Z");
  const { receipt } = await release(source, "1.0.0");
  const { inputs } = receipt.source;
  expect(receipt.gates).toMatchObject([{ state: "warned", stage: "layout" }]);
  const scanAgain = async () => {
    const { request, world } = await prepare(source, "1.0.0", () => {}, {});
    const wish = request.gates[0] ?? expect.fail("no gate");
    const layout = (await world.layouts.find(inputs)) ?? expect.fail("no layout");
    const image = { tree: await readTree(layout.root, layout), source: layout };
    return await world.judge(wish, { spec: request.build, image });
  };
  expect((await scanAgain()).findings).toEqual(receipt.gates[0]?.findings);
  expect(trivy.calls()).toHaveLength(2);
  setForTest("STAND_IN_DATABASE", "2026-03-02T06:00:00Z");
  await scanAgain();
  expect(trivy.calls()).toHaveLength(4);
});

test("a stand-in for trivy that fails, and none at all, have not passed the image", async () => {
  await start("{ with: trivy }");
  setForTest("STAND_IN_FAILS", "1");
  standIn("trivy", "trivy.ts");
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    gates: [
      {
        findings: [
          { code: "SCAN_FAILED", message: expect.stringContaining("failed to download vulnerab") },
        ],
      },
    ],
  });
  setForTest("PATH", "/usr/bin:/bin");
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "PLAN_REFUSED",
    message: expect.stringContaining("GATE_TOOL_MISSING: 'trivy' is not installed"),
  });
  expect(written()).toEqual([]);
});

test("a plan does not wait as long for a scanner's version as for its findings", async () => {
  await start("{ with: trivy }");
  const trivy = standIn("trivy", "trivy.ts");
  setForTest("STAND_IN_HANGS", "8000");
  using _ = hurriedLimits();
  expect((await plan(source, "1.0.0")).problems).toEqual([]);
  expect(trivy.calls()).toEqual([]);
});

test("no scanner at all is told where a finding is only told", async () => {
  await start("{ with: trivy, mode: warn }");
  setForTest("PATH", "/usr/bin:/bin");
  const { receipt } = await release(source, "1.0.0");
  expect(receipt.gates).toMatchObject([
    { state: "warned", findings: [{ code: "SCANNER_MISSING", repair: expect.anything() }] },
  ]);
});

const bad = { name: "CVE-2026-7", severity: "CRITICAL", uri: "https://example.com/7" } as const;

test("what ECR finds refuses every tag, and the content is there for the next run", async () => {
  const findings = [{ repository: "team/*", findings: [bad] }];
  await start("{ with: ecr }", { findings }, { platforms: ["linux/amd64", "linux/arm64"] });
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    message: "nothing was tagged: refused by the gate scan",
    gates: [
      {
        stage: "published",
        summary: "ECR: 1 critical, 0 high, 0 other in 2 images",
        findings: [{ place: "linux/amd64, linux/arm64", message: expect.stringContaining("7") }],
      },
    ],
  });
  expect(operations().filter((name) => name === "StartImageScan")).toHaveLength(2);
  expect((await registryState(local))["123456789012/us-east-1/team/scanned"]).toEqual({});
});

test("what ECR finds nothing in is tagged; a scan on push is waited for and not started again", async () => {
  await start("{ with: ecr }");
  source.commit({
    "slipway.yaml": `image: team/scanned
targets: [us-east-1]
repository: { create: true, scanOnPush: true }
gates: { scan: { with: ecr } }
`,
  });
  await prepareLayout(source, local);
  const { receipt } = await release(source, "1.0.0");
  expect(receipt.gates).toMatchObject([{ state: "passed", stage: "published", findings: [] }]);
  expect(operations()).not.toContain("StartImageScan");
});

/** A second commit, and its image where a build would have left it. */
async function another(shape: ImageShape = {}) {
  source.commit({ "note.txt": "another image" });
  await prepareLayout(source, local, shape);
}

test("only what a stand-in for trivy did not find in the release before refuses", async () => {
  await start("{ with: trivy, fail: { new: true } }");
  standIn("trivy", "trivy.ts");
  await release(source, "1.0.0", { overrides: { skippedGates: ["scan"] } });
  await another();
  await expect(release(source, "1.1.0")).rejects.toMatchObject({
    gates: [
      {
        summary: "trivy 0.66.0: 2 critical, 1 high, 0 other in 2 images, 3 new since 1.0.0",
        findings: expect.arrayContaining([
          expect.objectContaining({ code: "SCAN_BEFORE_UNKNOWN", level: "info" }),
        ]),
      },
    ],
  });
  await release(source, "1.1.0", { overrides: { skippedGates: ["scan"] } });
  await another({ seed: "the next" });
  // What the refused run of 1.1.0 found is known here.
  const { receipt } = await release(source, "1.2.0");
  expect(receipt.gates).toMatchObject([
    { state: "warned", summary: expect.stringMatching(/, 0 new since 1\.1\.0$/) },
  ]);
  await another({ seed: "one more" });
  setForTest("STAND_IN_FINDS", "CVE-2026-0009");
  await expect(release(source, "1.3.0")).rejects.toMatchObject({
    gates: [
      {
        findings: expect.arrayContaining([
          expect.objectContaining({
            level: "error",
            isNew: true,
            message: "zlib 3.0.1: CVE-2026-0009 (critical), new since 1.2.0",
          }),
        ]),
      },
    ],
  });
});

test("ECR is asked what it found in the release before, at the same target", async () => {
  await start("{ with: ecr, fail: { new: true } }", {
    findings: [{ repository: "team/*", findings: [bad] }],
  });
  const summary = async (version: string) =>
    (await release(source, version)).receipt.gates.map(({ summary }) => summary);
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    gates: [{ findings: [{ level: "error" }, { code: "SCAN_BEFORE_UNKNOWN" }] }],
  });
  await release(source, "1.0.0", { overrides: { skippedGates: ["scan"] } });
  await another();
  expect(await summary("1.1.0")).toEqual([
    "ECR: 1 critical, 0 high, 0 other in 2 images, 0 new since 1.0.0",
  ]);
});
