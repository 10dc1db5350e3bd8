import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { contextProblems, readDockerfile } from "../../src/docker/context.ts";
import { buildSpec } from "../support/build-spec.ts";

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "slipway-context-"));
  await mkdir(join(project, "service"));
  await writeFile(join(project, "Dockerfile"), "FROM scratch\n");
  await writeFile(join(project, "token"), "secret");
});
afterAll(() => rm(project, { recursive: true, force: true }));

const codesOf = async (fields: Partial<BuildSpec>, env = {}) =>
  (await contextProblems(project, buildSpec(fields), env)).map(({ code }) => code);

test.each<[string, Partial<BuildSpec>, string[]]>([
  ["all there", { secrets: [{ id: "a", file: "token" }], contexts: { lib: "service" } }, []],
  ["no context", { context: "gone" }, ["CONTEXT_MISSING"]],
  ["a file as context", { context: "token" }, ["CONTEXT_MISSING"]],
  ["no Dockerfile", { dockerfile: "service/Dockerfile" }, ["DOCKERFILE_MISSING"]],
  ["a directory as Dockerfile", { dockerfile: "service" }, ["DOCKERFILE_MISSING"]],
  ["no secret file", { secrets: [{ id: "a", file: "gone" }] }, ["SECRET_MISSING"]],
  ["no secret variable", { secrets: [{ id: "a", env: "UNSET" }] }, ["SECRET_MISSING"]],
  ["no ssh agent", { ssh: ["default"] }, ["SSH_AGENT_MISSING"]],
  ["no ssh key", { ssh: ["deploy=token,gone"] }, ["SSH_AGENT_MISSING"]],
  ["an ssh key", { ssh: ["deploy=token"] }, []],
  ["no named context", { contexts: { lib: "gone" } }, ["NAMED_CONTEXT_MISSING"]],
  ["no layout", { contexts: { lib: "oci-layout://gone:1.0" } }, ["NAMED_CONTEXT_MISSING"]],
  ["a layout", { contexts: { lib: "oci-layout://service:1.0@sha256:ab" } }, []],
  ["contexts elsewhere", { contexts: { a: "docker-image://alpine", b: "https://x/y.git" } }, []],
  ["a target that is not there", { contexts: { c: "target:a" } }, ["NAMED_CONTEXT_MISSING"]],
  [
    "what a linked target misses",
    {
      contexts: { c: "target:a" },
      linked: { a: buildSpec({ context: "gone", dockerfile: "gone", contexts: { d: "gone" } }) },
    },
    ["CONTEXT_MISSING", "DOCKERFILE_MISSING", "NAMED_CONTEXT_MISSING"],
  ],
  ["a context elsewhere", { context: "https://example.com/a.git", dockerfile: "gone" }, []],
  [
    "everything at once",
    { context: "gone", dockerfile: "gone", secrets: [{ id: "a", file: "gone" }] },
    ["CONTEXT_MISSING", "DOCKERFILE_MISSING", "SECRET_MISSING"],
  ],
])("%s", async (_, fields, codes) => {
  expect(await codesOf(fields)).toEqual(codes);
});

test("a secret from the environment", async () => {
  const secrets = [{ id: "npm", env: "NPM_TOKEN" }];
  expect(await codesOf({ secrets }, { NPM_TOKEN: "hunter2" })).toEqual([]);
  const [problem] = await contextProblems(project, buildSpec({ secrets }), {});
  expect(problem).toEqual({
    code: "SECRET_MISSING",
    message: "the build secret 'npm' needs the environment variable NPM_TOKEN, which is not set",
    remedy: "export NPM_TOKEN=…",
  });
});

test("an ssh agent of the environment", async () => {
  const ssh = ["default"];
  expect(await codesOf({ ssh }, { SSH_AUTH_SOCK: join(project, "token") })).toEqual([]);
  const [problem] = await contextProblems(project, buildSpec({ ssh }), { SSH_AUTH_SOCK: "/gone" });
  expect(problem?.message).toBe(
    "the ssh agent or key 'default' wants '/gone', which does not exist",
  );
});

test("the Dockerfile's text, when it is here", async () => {
  expect(await readDockerfile(project, buildSpec())).toBe("FROM scratch\n");
  expect(await readDockerfile(project, buildSpec({ dockerfile: "gone" }))).toBeUndefined();
  const remote = buildSpec({ context: "https://example.com/a.git" });
  expect(await readDockerfile(project, remote)).toBeUndefined();
});
