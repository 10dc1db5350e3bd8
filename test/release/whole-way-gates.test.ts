import { globSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { GateWish } from "../../src/release/gate.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, type Rehearsal, rehearsal, release } from "../support/release.ts";

let local: Rehearsal;
let source: Project;

beforeEach(async () => {
  local = await rehearsal();
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

const lambdaIndex = expect.objectContaining({ code: "LAMBDA_INDEX" });

function makeProject(mode: GateWish["mode"]) {
  return project({
    "slipway.yaml": `image: team/gated
targets: [us-east-1, eu-west-1]
repository: { create: true }
gates: { consumer: { mode: ${mode}, for: [lambda] } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
}

test("a gate that refuses leaves the registries untouched: not even a repository is made", async () => {
  source = makeProject("on");
  await prepareLayout(source, local);
  local.requests.length = 0;
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    exit: 3,
    gates: [{ gate: "consumer", state: "failed", findings: expect.arrayContaining([lambdaIndex]) }],
  });
  const written = local.requests.filter(
    ({ operation = "", method, path }) =>
      /^(?:Create|Put|Initiate)/.test(operation) || (path.startsWith("/v2/") && method !== "GET"),
  );
  expect(written).toEqual([]);
});

test("a gate that warns tells what it found, and the release goes on", async () => {
  source = makeProject("warn");
  await prepareLayout(source, local);
  const { receipt } = await release(source, "1.0.0");
  expect(receipt.gates).toMatchObject([
    {
      gate: "consumer",
      mode: "warn",
      state: "warned",
      findings: expect.arrayContaining([lambdaIndex]),
    },
  ]);
});

test("a gate that is passed over is recorded, and what a registry holds is not looked at again", async () => {
  source = makeProject("on");
  await prepareLayout(source, local);
  const overrides = { skippedGates: ["consumer"] as const };
  const { receipt } = await release(source, "1.0.0", { overrides });
  expect(receipt.gates).toMatchObject([{ gate: "consumer", state: "skipped", findings: [] }]);
  const again = await plan(source, "1.0.1");
  expect(again.steps.filter(({ action }) => action === "gate")).toEqual([]);
});

test("the contents of the layers are looked into, and every layer once", async () => {
  source = project({
    "slipway.yaml": `image: team/gated
targets: us-east-1
repository: { create: true }
gates: { contents: { user: non-root } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local);
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    gates: [
      { gate: "contents", state: "failed", findings: [{ code: "USER_ROOT", level: "error" }] },
    ],
  });
  const kept = globSync(join(local.cacheDir, "gates", "sha256-*"));
  expect(kept).toHaveLength(2);
});

test("a Dockerfile that refuses does so before anything is built or asked to be", async () => {
  source = project({
    "slipway.yaml": `image: team/gated
targets: [us-east-1]
repository: { create: true }
gates: { dockerfile: on }
`,
    Dockerfile: "FROM scratch\nENV DB_PASSWORD=hunter2\nCOPY app /\n",
  });
  await prepareLayout(source, local);
  await expect(release(source, "1.0.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    gates: [
      {
        gate: "dockerfile",
        state: "failed",
        summary: "Dockerfile",
        findings: expect.arrayContaining([
          expect.objectContaining({ code: "SECRET_IN_ENV", place: "Dockerfile:2" }),
        ]),
      },
    ],
  });
});

test("growth is measured against the release before", async () => {
  source = project({
    "slipway.yaml": `image: team/gated
targets: us-east-1
repository: { create: true }
gates: { size: { growth: 10% } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await prepareLayout(source, local, { layers: [100_000] });
  const first = await release(source, "1.0.0");
  expect(first.receipt.gates).toMatchObject([
    { state: "passed", findings: [{ code: "GROWTH_UNKNOWN" }, { code: "GROWTH_UNKNOWN" }] },
  ]);
  source.commit({ more: "files" });
  await prepareLayout(source, local, { layers: [100_000, 50_000] });
  await expect(release(source, "1.1.0")).rejects.toMatchObject({
    code: "GATE_FAILED",
    gates: [
      {
        gate: "size",
        findings: [{ code: "SIZE_GROWTH" }, { code: "SIZE_GROWTH" }],
        report: { platforms: [{ before: { version: "1.0.0" } }, { before: { version: "1.0.0" } }] },
      },
    ],
  });
});

test("a build that is adjusted for its consumer is so in the plan, with the reason", async () => {
  source = makeProject("on");
  source.commit({
    "slipway.yaml": `image: team/function
platforms: [linux/arm64]
targets: [us-east-1]
repository: { create: true }
gates: { consumer: { for: [lambda] } }
`,
  });
  const { steps, notes } = await plan(source, "1.0.0");
  expect(steps.find(({ action }) => action === "build")).toMatchObject({
    spec: { provenance: "none" },
  });
  expect(notes).toContainEqual({
    code: "BUILD_ADJUSTED",
    message: expect.stringContaining("gates.consumer names lambda"),
  });
});
