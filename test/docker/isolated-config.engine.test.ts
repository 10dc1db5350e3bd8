import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type BuildPlace, build, type ImageBuild } from "../../src/docker/build.ts";
import { type BuilderFacts, observeBuilder } from "../../src/docker/builder.ts";
import { buildSpec } from "../support/build-spec.ts";
import { useEngine } from "../support/engine.ts";

let top: string;
let builder: BuilderFacts;
let registry: Server;
const seen: string[] = [];

beforeAll(async () => {
  await useEngine();
  builder = { ...(await observeBuilder()), takesAuthConfig: false };
  top = mkdtempSync(join(tmpdir(), "slipway-isolated-engine-"));
  for (const name of ["tmp", "bin", "config", "project"]) mkdirSync(join(top, name));
  registry = createServer((request, response) => {
    const [host] = request.headers.host?.split(":") ?? [];
    seen.push(`${host} ${request.headers.authorization}`);
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="tests"' }).end();
  });
  await new Promise<void>((listening) => registry.listen(0, "127.0.0.1", listening));
});
afterAll(() => {
  registry?.close();
  rmSync(top, { recursive: true, force: true });
});

/** The engine's own configuration with a credential store that has one answer for everything. */
function userConfig(): { DOCKER_CONFIG: string; PATH: string } {
  const own = process.env.DOCKER_CONFIG ?? join(process.env.HOME ?? "", ".docker");
  const directory = join(top, "config");
  let config = {};
  for (const name of readdirSync(own)) {
    if (name === "config.json") config = JSON.parse(readFileSync(join(own, name), "utf8"));
    else symlinkSync(join(own, name), join(directory, name));
  }
  const stored = { ...config, auths: { "localhost:1": {} }, credsStore: "slipway-test" };
  writeFileSync(join(directory, "config.json"), JSON.stringify(stored));
  const answer = JSON.stringify({ ServerURL: "x", Username: "from", Secret: "store" });
  const helper = join(top, "bin", "docker-credential-slipway-test");
  writeFileSync(helper, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(helper, 0o755);
  return { DOCKER_CONFIG: directory, PATH: `${join(top, "bin")}:${process.env.PATH}` };
}

function buildOf(dockerfile: string, options: Partial<BuildPlace>) {
  const projectDir = join(top, "project");
  writeFileSync(join(projectDir, "Dockerfile"), dockerfile);
  const wish: ImageBuild & BuildPlace = {
    image: "app",
    spec: buildSpec({ platforms: ["linux/amd64"] }),
    builder,
    projectDir,
    destination: join(top, "layout"),
    labels: {},
    annotations: {},
    rootAnnotations: {},
    registryAuth: [],
    env: process.env,
    report: () => {},
    ...options,
  };
  return build([wish], wish);
}

test("credentials reach a docker that takes none from its environment, beside the user's own", async () => {
  vi.stubEnv("TMPDIR", join(top, "tmp"));
  const { port } = registry.address() as AddressInfo;
  const env = { ...process.env, ...userConfig(), DOCKER_AUTH_CONFIG: undefined };
  const registryAuth = [{ host: `127.0.0.1:${port}`, username: "AWS", password: "pass-secret" }];
  for (const host of ["127.0.0.1", "localhost"]) {
    const building = buildOf(`FROM ${host}:${port}/ships/base:1\n`, { registryAuth, env });
    await expect(building).rejects.toMatchObject({ code: "BUILD_FAILED" });
  }
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  expect(seen).toContain(`127.0.0.1 ${basic("AWS:pass-secret")}`);
  expect(seen).toContain(`localhost ${basic("from:store")}`);
  expect(seen.join()).not.toContain(`localhost ${basic("AWS:pass-secret")}`);

  const scratch = "FROM scratch\nCOPY Dockerfile /\n";
  const [root] = await buildOf(scratch, { registryAuth, env });
  expect(root?.digest).toMatch(/^sha256:/);
  expect(readdirSync(join(top, "tmp"))).toEqual([]);
  vi.unstubAllEnvs();
});
