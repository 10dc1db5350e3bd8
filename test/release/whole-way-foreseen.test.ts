import { afterEach, beforeEach, expect, test } from "vitest";
import { apply } from "../support/apply.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, prepare, type Rehearsal, rehearsal, release } from "../support/release.ts";
import { setForTest, standIn } from "../support/stand-in.ts";

let local: Rehearsal;
let source: Project;

beforeEach(async () => {
  local = await rehearsal();
});

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

async function start(
  gates = "{}",
  files: Readonly<Record<string, string>> = {},
  ...platforms: readonly string[]
) {
  source = project({
    "slipway.yaml": `image: team/app
targets: [us-east-1]
repository: { create: true }
gates: ${gates}
${platforms.length > 0 ? `platforms: [${platforms.join(", ")}]\n` : ""}`,
    Dockerfile: "FROM scratch\nCOPY . /\n",
    ...files,
  });
  await prepareLayout(source, local, platforms.length > 0 ? { platforms } : {});
  local.requests.length = 0;
}

const written = () =>
  local.requests.filter(
    ({ operation = "", method }) =>
      /^(?:Create|Put|Initiate)/.test(operation) || ["PUT", "PATCH"].includes(method),
  );

test("a git tag that origin has on another commit refuses before anything leaves", async () => {
  await start();
  const commit = source.git("rev-parse", "HEAD");
  const tree = source.git("rev-parse", "HEAD^{tree}");
  const other = source.git("commit-tree", "-m", "other", tree);
  source.git("init", "--quiet", "--bare", ".git/origin");
  source.git("remote", "add", "origin", ".git/origin");
  source.git("push", "--quiet", "origin", `${other}:refs/tags/v1.0.0`);
  await expect(release(source, "1.0.0", { overrides: { pushGitTag: true } })).rejects.toMatchObject(
    {
      code: "GIT_FAILED",
      message: `nothing was begun, for the git tag v1.0.0 could not be pushed in the end: origin has the git tag 'v1.0.0' on ${other}`,
    },
  );
  expect(written()).toEqual([]);
  expect(source.git("rev-parse", "HEAD")).toBe(commit);
});

test("a git tag that cannot be signed refuses before anything leaves", async () => {
  await start();
  source.git("config", "tag.gpgSign", "true");
  source.git("config", "gpg.program", "false");
  await expect(release(source, "1.0.0", { overrides: { gitTag: true } })).rejects.toMatchObject({
    code: "GIT_FAILED",
    message: expect.stringMatching(
      /^nothing was begun, for the git tag v1\.0\.0 could not be signed in the end: git failed: /,
    ),
  });
  expect(written()).toEqual([]);
});

test("a plan whose git tag cannot be pushed where it is carried out is refused there", async () => {
  await start();
  source.git("remote", "add", "origin", ".git/origin");
  const planned = await plan(source, "1.0.0", { overrides: { pushGitTag: true } });
  expect(planned.problems).toEqual([]);
  source.git("remote", "remove", "origin");
  const { world } = await prepare(source, "1.0.0", () => {}, {});
  await expect(apply(planned, world)).rejects.toMatchObject({
    code: "PLAN_REFUSED",
    message: expect.stringContaining("GIT_REMOTE_MISSING"),
  });
  expect(written()).toEqual([]);
});

test("a git tag that went to another commit since the plan was made refuses before anything leaves", async () => {
  await start();
  const planned = await plan(source, "1.0.0", { overrides: { gitTag: true } });
  const tree = source.git("rev-parse", "HEAD^{tree}");
  const other = source.git("commit-tree", "-m", "other", tree);
  source.git("tag", "v1.0.0", other);
  const { world } = await prepare(source, "1.0.0", () => {}, {});
  await expect(apply(planned, world)).rejects.toMatchObject({
    code: "PLAN_REFUSED",
    message: expect.stringContaining(`GIT_TAG_ELSEWHERE: git tag v1.0.0 points to ${other}`),
  });
  expect(written()).toEqual([]);
});

const services = "{ from: compose.yaml, names: [db] }";

test("what smoke is to take and is not there is a problem of the plan", async () => {
  standIn("docker", "docker.ts");
  await start(`{ smoke: { env: [SLIPWAY_TEST_TOKEN], services: ${services} } }`);
  const { problems } = await plan(source, "1.0.0");
  expect(problems).toMatchObject([
    {
      code: "GATE_INPUT_MISSING",
      message: expect.stringContaining("SLIPWAY_TEST_TOKEN"),
      remedy: "export SLIPWAY_TEST_TOKEN=…\nor write a value for the test: SLIPWAY_TEST_TOKEN=test",
    },
    {
      code: "GATE_INPUT_MISSING",
      message: "gates.smoke.services.from: compose.yaml cannot be read (ENOENT)",
      remedy: expect.stringContaining("ls -l "),
    },
  ]);
  source.commit({ "compose.yaml": "services: { db: { image: db } }\n" });
  await prepareLayout(source, local);
  setForTest("SLIPWAY_TEST_TOKEN", "t0k3n");
  const planned = await plan(source, "1.0.0");
  expect(planned.problems).toEqual([]);
  delete process.env.SLIPWAY_TEST_TOKEN;
  const { world } = await prepare(source, "1.0.0", () => {}, {});
  await expect(apply(planned, world)).rejects.toMatchObject({
    code: "PLAN_REFUSED",
    message: expect.stringContaining("GATE_INPUT_MISSING"),
  });
  expect(written()).toEqual([]);
});

test("what smoke is to run and is not built is a problem of the plan", async () => {
  standIn("docker", "docker.ts");
  await start("{ smoke: { platforms: [linux/amd64, linux/s390x] } }");
  expect((await plan(source, "1.0.0")).problems).toMatchObject([
    {
      code: "GATE_INPUT_MISSING",
      message:
        "gates.smoke.platforms names linux/s390x, and the build is for linux/amd64, linux/arm64",
    },
  ]);
});

test("an engine that runs nothing of what is built is a problem of the plan", async () => {
  standIn("docker", "docker.ts");
  await start("{ smoke: {} }", {}, "linux/arm64");
  expect((await plan(source, "1.0.0")).problems).toMatchObject([
    {
      code: "GATE_INPUT_MISSING",
      message:
        "gates.smoke runs what the docker engine does, linux/amd64, and the build is for linux/arm64",
      remedy: expect.stringContaining("gates.smoke.platforms: [linux/arm64], under emulation"),
    },
  ]);
  source[Symbol.dispose]();
  await start("{ smoke: { mode: warn } }", {}, "linux/arm64");
  expect((await plan(source, "1.0.0")).problems).toEqual([]);
});

test("no engine for smoke is a problem of the plan, though nothing is to be built", async () => {
  await start("{ smoke: { mode: warn } }");
  setForTest("DOCKER_HOST", "unix:///nowhere/docker.sock");
  expect((await plan(source, "1.0.0")).problems).toMatchObject([
    {
      code: "GATE_TOOL_MISSING",
      message: expect.stringContaining("gates.smoke runs the image in a docker engine: "),
    },
  ]);
});

test("a key of cosign that is a file and is not there is a problem of the plan", async () => {
  standIn("cosign", "cosign.ts");
  await start("{ signature: { cosign: [--key, release.key] } }");
  expect((await plan(source, "1.0.0")).problems).toMatchObject([
    { code: "GATE_INPUT_MISSING", message: expect.stringContaining("the key 'release.key'") },
  ]);
  source[Symbol.dispose]();
  await start("{ signature: { cosign: [--key, awskms:///alias/release] } }");
  expect((await plan(source, "1.0.0")).problems).toEqual([]);
  source[Symbol.dispose]();
  await start("{ signature: { cosign: [--key=keys/release.key] } }", { "keys/release.key": "k" });
  expect((await plan(source, "1.0.0")).problems).toEqual([]);
});

test("a gate that is passed over lacks nothing", async () => {
  await start("{ smoke: { env: [SLIPWAY_TEST_TOKEN] } }");
  const overrides = { skippedGates: ["smoke"] as const };
  expect((await plan(source, "1.0.0", { overrides })).problems).toEqual([]);
});

test("a tool that a gate asks and that does not run is a problem, but where it would only be told", async () => {
  await start("{ scan: { with: grype }, signature: { cosign: [--key, env://K] } }");
  setForTest("PATH", "/usr/bin:/bin");
  expect((await plan(source, "1.0.0")).problems).toMatchObject([
    {
      code: "GATE_TOOL_MISSING",
      message: "'grype' is not installed or not on PATH",
      remedy: expect.stringContaining("install grype"),
    },
    { code: "GATE_TOOL_MISSING", remedy: expect.stringContaining("install cosign") },
  ]);
  source.commit({
    "slipway.yaml": `image: team/app
targets: [us-east-1]
repository: { create: true }
gates: { scan: { with: grype, mode: warn }, signature: { cosign: [--key, "env://K"], mode: warn } }
`,
  });
  await prepareLayout(source, local);
  expect((await plan(source, "1.0.0")).problems).toEqual([]);
});
