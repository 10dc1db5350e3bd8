import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BuildPlace, build, type ImageBuild } from "../../src/docker/build.ts";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { type BuilderFacts, observeBuilder } from "../../src/docker/builder.ts";
import { builderProblems } from "../../src/docker/builder-problems.ts";
import type { BuildEvent } from "../../src/docker/progress.ts";
import {
  type Descriptor,
  digestOf,
  formatPlatform,
  isAttestation,
  type Manifest,
  parseManifest,
} from "../../src/oci/manifest.ts";
import { buildSpec } from "../support/build-spec.ts";
import { useEngine } from "../support/engine.ts";

let top: string;
let project: string;
let destination: string;
let builder: BuilderFacts;
let contexts: Readonly<Record<string, string>>;
let events: BuildEvent[];

beforeAll(async () => {
  ({ contexts } = await useEngine());
  builder = await observeBuilder();
  top = await mkdtemp(join(tmpdir(), "slipway-build-test-"));
});
afterAll(() => rm(top, { recursive: true, force: true }));
beforeEach(async () => {
  project = await mkdtemp(join(top, "project-"));
  destination = join(project, "out", "layout");
  await mkdir(join(project, "out"));
  events = [];
});

interface Wish extends Partial<Omit<ImageBuild, "spec">>, Partial<BuildPlace> {
  readonly spec?: Partial<BuildSpec>;
}

async function buildOf(dockerfile: string, { spec, ...options }: Wish = {}): Promise<Descriptor> {
  await writeFile(join(project, "Dockerfile"), dockerfile);
  const wish: ImageBuild & BuildPlace = {
    image: "app",
    spec: buildSpec({ contexts, ...spec }),
    builder,
    projectDir: project,
    destination,
    labels: {},
    annotations: {},
    rootAnnotations: {},
    registryAuth: [],
    env: process.env,
    report: (event) => events.push(event),
    ...options,
  };
  const [root] = await build([wish], wish);
  return root ?? expect.fail("it was not built");
}

async function manifestOf({ digest, mediaType }: Descriptor): Promise<Manifest> {
  return parseManifest(await blob(digest), mediaType);
}

async function blob(digest: string): Promise<Buffer> {
  const bytes = await readFile(join(destination, "blobs", ...digest.split(":")));
  expect(digestOf(bytes)).toBe(digest);
  return bytes;
}

async function indexOf(root: Descriptor) {
  const index = await manifestOf(root);
  if (index.kind !== "index") return expect.fail(`${root.mediaType} is no index`);
  return index;
}

async function configOf(descriptor: Descriptor) {
  const manifest = await manifestOf(descriptor);
  if (manifest.kind !== "image") return expect.fail(`${descriptor.mediaType} is no image`);
  return JSON.parse((await blob(manifest.config.digest)).toString("utf8"));
}

const failureOf = (building: Promise<unknown>): Promise<Error> =>
  building.then(
    () => expect.fail("the build should have failed"),
    (error) => error,
  );

const app = `FROM busybox:1.37
ARG TARGETARCH
RUN echo "building for $TARGETARCH" && uname -m > /machine
`;

test("the engine of the tests can do it", () => {
  expect(builderProblems(builder, buildSpec())).toEqual([]);
});

test("two platforms with attestations, annotated and labelled at every level", async () => {
  const annotations = { "org.opencontainers.image.title": "ships, all of them" };
  const spec = { noCache: true };
  const root = await buildOf(app, { spec, labels: { team: "a=b" }, annotations });

  const index = await indexOf(root);
  expect(digestOf(await blob(root.digest))).toBe(root.digest);
  expect((await blob(root.digest)).length).toBe(root.size);
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  expect(images.map(({ platform }) => platform && formatPlatform(platform))).toEqual([
    ...["linux/amd64", "linux/arm64"],
  ]);
  expect(index.annotations).toEqual(annotations);

  const attestations = index.manifests.filter(isAttestation);
  expect(attestations).toHaveLength(2);
  for (const attestation of attestations) {
    // Not in the form of an artifact with a subject.
    expect(await manifestOf(attestation)).not.toHaveProperty("subject");
    expect(await configOf(attestation)).toBeDefined();
  }
  for (const image of index.manifests.filter((entry) => !isAttestation(entry))) {
    expect((await manifestOf(image)).annotations).toEqual(annotations);
    expect(await configOf(image)).toMatchObject({ config: { Labels: { team: "a=b" } } });
  }

  const lines = events.flatMap((event) => (event.type === "build-log" ? event.line : []));
  expect(lines.sort()).toEqual(["building for amd64", "building for arm64"]);
  expect(events.at(-1)).toMatchObject({ name: "exporting to oci image format", state: "done" });
});

describe("one platform", () => {
  const platforms = [builtHere()];

  test("is an index when it has attestations", async () => {
    const annotations = { "org.example.a": "1" };
    const index = await indexOf(await buildOf(app, { spec: { platforms }, annotations }));
    expect(index.manifests).toHaveLength(2);
    expect(index.annotations).toEqual(annotations);
  });

  test("is a bare manifest without them", async () => {
    const annotations = { "org.example.a": "1" };
    const spec = { platforms, provenance: "none" } as const;
    const root = await buildOf(app, { spec, annotations });
    expect(await manifestOf(root)).toMatchObject({ kind: "image", annotations });
    expect(root.size).toBe((await blob(root.digest)).length);
  });
});

test("two reproducible builds have the same images", async () => {
  const spec = { reproducible: true, noCache: true, provenance: "none" } as const;
  const epoch = 1_700_000_000;
  const first = await buildOf(app, { spec, epoch });
  await rm(destination, { recursive: true });
  await wait(1100);
  expect(await buildOf(app, { spec, epoch })).toEqual(first);
  const [image] = (await indexOf(first)).manifests;
  expect(image && (await configOf(image))).toMatchObject({ created: "2023-11-14T22:13:20Z" });
});

describe("a failing step", () => {
  const failing = `FROM busybox:1.37
ARG TARGETARCH
RUN if [ $TARGETARCH = amd64 ]; then echo compiling >&2; echo no ship.h >&2; exit 7; else /bin/sleep 30; fi
`;

  test("is named with its own output and its line", async () => {
    const error = await failureOf(buildOf(failing));
    expect(error).toMatchObject({
      code: "BUILD_FAILED",
      suggestions: [expect.stringMatching(/Dockerfile:3$/)],
    });
    expect(error.message).toContain("RUN if [ ");
    expect(error.message).toContain("exit code: 7");
    expect(error.message).toContain("\n  compiling\n  no ship.h");
    expect(error.message).not.toContain("context canceled");
  });

  test.each([
    ["a Dockerfile that does not parse", "FROM scratch\nCOPPY a b\n", /unknown instruction: COPPY/],
    ["a file that is not there", "FROM scratch\nCOPY gone /\n", /gone/],
  ])("%s", async (_, dockerfile, message) => {
    expect(await failureOf(buildOf(dockerfile))).toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringMatching(message),
      suggestions: [expect.stringMatching(/Dockerfile:2$/)],
    });
  });

  test("a target that is not there", async () => {
    expect(await failureOf(buildOf(app, { spec: { target: "nothere" } }))).toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("nothere"),
    });
  });
});

test("secrets reach the step and nobody else", async () => {
  await writeFile(join(project, "key.pem"), "file-secret");
  const spec: Partial<BuildSpec> = {
    platforms: [builtHere()],
    secrets: [
      { id: "npm", env: "NPM_TOKEN" },
      { id: "key", file: "key.pem" },
    ],
    args: { GITHUB_TOKEN: "arg-secret", MIRROR: "mirror.example.com" },
  };
  const dockerfile = `FROM busybox:1.37
ARG GITHUB_TOKEN
ARG MIRROR
RUN --mount=type=secret,id=npm --mount=type=secret,id=key \\
  test -s /run/secrets/npm && test -s /run/secrets/key && echo "$(cat /run/secrets/npm) $GITHUB_TOKEN" && : $MIRROR $GITHUB_TOKEN && exit 3
`;
  const registryAuth = [{ host: "registry.example.com", username: "AWS", password: "pass-secret" }];
  const env = { ...process.env, NPM_TOKEN: "env-secret" };
  const error = await failureOf(buildOf(dockerfile, { spec, env, registryAuth }));
  expect(error.message).toContain("exit code: 3");
  expect(error.message).toContain("••• •••");
  const told = JSON.stringify([error.message, error.stack, error.cause, events]);
  expect(told).not.toMatch(/(?:env|arg|pass|file)-secret|mirror\.example\.com/);
});

test("an abort ends buildx and what it runs", async () => {
  const stopper = new AbortController();
  const marker = `slipway-${Date.now()}`;
  const dockerfile = `FROM busybox:1.37\nRUN /bin/sleep 300; echo ${marker}\n`;
  const building = buildOf(dockerfile, {
    spec: { platforms: [builtHere()] },
    signal: stopper.signal,
  });
  const failure = failureOf(building);
  await until(() => isRunning(marker));
  expect(await isRunning(destination)).toBe(true);
  const began = Date.now();
  stopper.abort();
  expect(await failure).toMatchObject({ code: "INTERRUPTED" });
  expect(Date.now() - began).toBeLessThan(9_000);
  await until(async () => !(await isRunning(marker)));
  expect(await isRunning(destination)).toBe(false);
});

test("credentials reach the registry of a base image, those of the environment too", async () => {
  const seen = new Set<string | undefined>();
  const registry = createServer((request, response) => {
    seen.add(request.headers.authorization);
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="tests"' }).end();
  });
  await new Promise<void>((listening) => registry.listen(0, "127.0.0.1", listening));
  const { port } = registry.address() as AddressInfo;
  const theirs = { auths: { [`localhost:${port}`]: { auth: "dGhlbTp0aGV5" } }, credHelpers: {} };
  const registryAuth = [{ host: `127.0.0.1:${port}`, username: "AWS", password: "pass-secret" }];
  const env = { ...process.env, DOCKER_AUTH_CONFIG: JSON.stringify(theirs) };
  try {
    for (const host of ["127.0.0.1", "localhost"]) {
      const dockerfile = `FROM ${host}:${port}/ships/base:1\n`;
      await failureOf(buildOf(dockerfile, { registryAuth, env }));
    }
  } finally {
    registry.close();
  }
  expect(events.some(({ type }) => type === "build-warning")).toBe(false);
  const ours = `Basic ${Buffer.from("AWS:pass-secret").toString("base64")}`;
  expect([...seen]).toEqual(expect.arrayContaining([ours, "Basic dGhlbTp0aGV5"]));
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await wait(100);
  }
  expect.fail("it did not come to hold within 30 seconds");
}

/** Whether a process has these words in its command line. */
async function isRunning(words: string): Promise<boolean> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    processes.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.some((line) => line.includes(words));
}

function builtHere(): string {
  return process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
}
