import { afterAll, beforeAll, expect, test } from "vitest";
import BuildCommand from "../../commands/build.ts";
import LintCommand from "../../commands/lint.ts";
import { resolveImage } from "../../src/docker/image-digest.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, indexOf, login, ociIndex, openRepository } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { useEngine } from "../support/engine.ts";
import { project } from "../support/project.ts";

let ecr: LocalEcr;
let name: string;
let digest: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await useEngine();
  ecr = await startLocalEcr();
  const client = ecrClient(ecr);
  const repository = await openRepository(client, "base/node");
  const child = await repository.pushImage("one");
  const put = await repository.putManifest(indexOf([child]), { type: ociIndex, reference: "22.1" });
  digest = put.headers.get("docker-content-digest") ?? "";
  const { proxy, authorization } = await login(client);
  const { host } = new URL(proxy);
  name = `${host}/base/node:22.1`;
  const auths = { [host]: { auth: authorization.replace("Basic ", "") } };
  env = { ...process.env, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
});
afterAll(() => ecr.close());

test("an index's digest is told, by the user's own login, and else why not", async () => {
  expect(await resolveImage(name, { env })).toEqual({ digest });
  const why = expect.any(String);
  expect(await resolveImage(name, { env: process.env })).toEqual({ why });
  expect(await resolveImage(name.replace("22.1", "23"), { env })).toEqual({
    why: expect.stringMatching(/not found$/),
  });
  expect(await resolveImage("127.0.0.1:1/base:1", { env })).toEqual({
    why: expect.stringContaining("connection refused"),
  });
  expect(await resolveImage("--help", { env })).toEqual({ why });
  expect(await resolveImage(name, { env: { ...env, PATH: "/nowhere" } })).toEqual({ why });
});

test("slipway lint --resolve writes the line, and ends well where a registry is silent", async () => {
  using made = project({
    Dockerfile: `FROM ${name} AS one\nFROM 127.0.0.1:1/base:1\nCOPY --from=one /a /a\nUSER 1\n`,
  });
  const lint = (...args: string[]) => runCommand(LintCommand, args, { cwd: made.dir, env });
  const { value, exit } = await lint("--resolve", "--json");
  const found = value?.[0]?.findings.filter(({ code }) => code === "BASE_NOT_PINNED") ?? [];
  expect(found.map(({ repair }) => repair)).toEqual([
    `FROM ${name}@${digest}`,
    expect.stringContaining("imagetools inspect 127.0.0.1:1/base:1"),
  ]);
  expect(found[1]?.message).toContain("its registry did not tell the digest");
  expect(exit).toBe(0);
  expect((await lint()).stdout).not.toContain(digest);
});

test("the gate asks where it refuses what is not pinned", async () => {
  using made = project({ Dockerfile: `FROM ${name}\nUSER 1\n` });
  const gates = "gates: { dockerfile: { pin: digest } }";
  made.commit({ "slipway.yaml": `image: app\ntargets: us-east-1\n${gates}\n` });
  const { stderr, exit } = await runCommand(BuildCommand, [], { cwd: made.dir, env });
  expect(exit).toBe(3);
  expect(stderr).toContain(digest);
});
