import { afterEach, beforeEach, expect, test } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { runCommand } from "../support/command.ts";
import type { ImageShape } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release } from "../support/release.ts";
import { toolsWith } from "../support/tools.ts";

let local: Rehearsal;
let source: Project;

const stated: ImageShape = {
  predicates: ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"],
};

beforeEach(async () => {
  local = await rehearsal();
  source = project({
    "slipway.yaml": `image: team/stated
targets: [us-east-1, eu-west-1]
repository: { create: true }
attestations: { sbom: true }
gates: { signature: { require: [sbom, provenance] } }
`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

const written = () => local.requests.filter(({ method }) => ["PUT", "PATCH"].includes(method));
const verifyChecks = async () => {
  const { value, exit } = await runCommand(VerifyCommand, ["1.0.0", "--json"], { cwd: source.dir });
  const checks = value?.targets.map(({ checks }) =>
    checks.flatMap(({ name, holds, found }) =>
      ["sbom", "provenance"].includes(name) ? [`${name} ${holds}: ${found}`] : [],
    ),
  );
  return { exit, checks };
};

test("an image with an SBOM and its provenance passes, and both are verified at every target", async () => {
  await prepareLayout(source, local, stated);
  const { receipt } = await release(source, "1.0.0");
  expect(receipt.gates.map(({ stage, state, summary }) => [stage, state, summary])).toEqual([
    ["source", "passed", "sbom, provenance"],
    ["layout", "passed", "sbom, provenance"],
  ]);
  const both = ["sbom true: 2 of 2 platforms", "provenance true: 2 of 2 platforms"];
  expect(await verifyChecks()).toEqual({ exit: 0, checks: [both, both] });
});

test("without an SBOM no byte leaves; what is in a registry is judged too, and does not hold", async () => {
  await prepareLayout(source, local);
  local.requests.length = 0;
  const refused = {
    code: "GATE_FAILED",
    exit: 3,
    gates: expect.arrayContaining([
      expect.objectContaining({
        findings: [
          expect.objectContaining({ code: "SBOM_MISSING", place: "linux/amd64, linux/arm64" }),
        ],
      }),
    ]),
  };
  await expect(release(source, "1.0.0")).rejects.toMatchObject(refused);
  expect(written()).toEqual([]);

  await release(source, "1.0.0", { overrides: { skippedGates: ["signature"] } });
  const lacks = "sbom false: 0 of 2 platforms, none of linux/amd64, linux/arm64";
  const both = [lacks, "provenance true: 2 of 2 platforms"];
  expect(await verifyChecks()).toEqual({ exit: 3, checks: [both, both] });
  await expect(release(source, "1.0.1")).rejects.toMatchObject(refused);
});

test("a build that is not asked for an SBOM is refused before it begins", async () => {
  const text = "image: team/stated\ntargets: [us-east-1]\nrepository: { create: true }\n";
  source.commit({ "slipway.yaml": `${text}gates: { signature: { require: [sbom] } }\n` });
  // A docker that can build, and is not asked to.
  const env = { PATH: toolsWith({ build: "exit 9" }) };
  const { stdout, exit, stderr } = await runCommand(ReleaseCommand, ["1.0.0", "--json"], {
    ...{ cwd: source.dir, env },
  });
  expect(exit, stderr).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: "GATE_FAILED",
      gates: [{ stage: "source", findings: [{ code: "SBOM_MISSING", place: "attestations" }] }],
    },
  });
});
