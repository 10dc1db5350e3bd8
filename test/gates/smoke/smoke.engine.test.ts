import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { build } from "../../../src/docker/build.ts";
import { type BuilderFacts, observeBuilder } from "../../../src/docker/builder.ts";
import { judgeSmoke } from "../../../src/gates/smoke/judge.ts";
import { newRunId } from "../../../src/gates/smoke/run-id.ts";
import { openLayout } from "../../../src/oci/layout.ts";
import { readTree } from "../../../src/oci/tree.ts";
import type { GateSubject, SmokeSettings } from "../../../src/release/gate.ts";
import { run } from "../../../src/run.ts";
import { processSpace } from "../../../src/scratch.ts";
import { buildSpec } from "../../support/build-spec.ts";
import { useEngine } from "../../support/engine.ts";
import { smokeSettings } from "../../support/smoke.ts";

let top: string;
let builder: BuilderFacts;
let contexts: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ contexts } = await useEngine());
  builder = await observeBuilder();
  top = await mkdtemp(join(tmpdir(), "slipway-smoke-test-"));
});
afterAll(() => rm(top, { recursive: true, force: true }));
afterEach(async () => expect(await leftovers()).toEqual([]));

async function leftovers() {
  const asked = await Promise.all([
    run("docker", ["ps", "-aq", "--filter", "label=slipway.smoke"]),
    run("docker", ["network", "ls", "-q", "--filter", "label=slipway.smoke"]),
    run("docker", ["image", "ls", "-q", "slipway-smoke"]),
  ]);
  return asked.flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
}

/** A server that is as it should be, with a health check that it passes; what comes after may change it. */
async function image(...lines: readonly string[]): Promise<GateSubject> {
  const projectDir = await mkdtemp(join(top, "project-"));
  const dockerfile = ["FROM busybox:1.37", "USER 1000", ...lines].join("\n");
  await writeFile(join(projectDir, "Dockerfile"), dockerfile);
  const spec = buildSpec({ contexts, provenance: "none", platforms: ["linux/amd64"] });
  const destination = join(projectDir, "layout");
  const image = { image: "app", spec, destination, labels: {}, annotations: {} };
  await build([{ ...image, rootAnnotations: {}, report: () => {} }], {
    ...{ builder, projectDir, registryAuth: [], env: process.env },
  });
  const layout = await openLayout(destination);
  return { spec, image: { tree: await readTree(layout.root, layout), source: layout } };
}

const serve = 'CMD trap "exit 0" TERM; httpd -f -p 8080 -h /bin & wait';
const healthy = "HEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1:8080/busybox";

async function judge(
  subject: GateSubject,
  settings: Partial<SmokeSettings> = {},
  signal = new AbortController().signal,
) {
  const place = {
    ...{ projectDir: top, env: process.env, signal },
    cacheDir: join(top, "cache"),
    now: () => new Date(),
  };
  return await judgeSmoke({ ...smokeSettings, within: 8, grace: 2, ...settings }, subject, place);
}

test("a hardened server passes by its HEALTHCHECK and by each probe", async () => {
  const subject = await image(serve, healthy);
  expect((await judge(subject)).findings).toEqual([]);
  const probe = { kind: "http", port: 8080, path: "/busybox" } as const;
  expect((await judge(subject, { probe })).findings).toEqual([]);
  expect((await judge(subject, { probe: { kind: "tcp", port: 8080 } })).findings).toEqual([]);
  const exec = { kind: "exec", command: ["test", "-e", "/bin/busybox"] } as const;
  expect((await judge(subject, { probe: exec })).findings).toEqual([]);
});

/** What the gate finds, the images of all of them built and run side by side: most of the time is waiting. */
const defects: Readonly<
  Record<string, readonly [string, readonly string[], Partial<SmokeSettings>?]>
> = {
  "a directory beside its tmpfs": [
    "SMOKE_READ_ONLY",
    [
      "USER 0",
      "RUN mkdir -p /var/lib/app && chown 1000 /var/lib/app",
      "USER 1000",
      healthy,
      `CMD echo 1 > /var/lib/app/state || exit 3; ${serve.slice(4)}`,
    ],
  ],
  "a capability": [
    "SMOKE_CAPABILITY",
    ["USER 0", healthy, `CMD touch /tmp/a && chown 1000 /tmp/a || exit 4; ${serve.slice(4)}`],
    { user: "root" },
  ],
  "a port of root": [
    "SMOKE_PORT",
    ["HEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1/busybox", "CMD httpd -f -p 80 -h /bin"],
  ],
  "a signal that it does not hear": [
    "SMOKE_STOP",
    [healthy, 'CMD ["httpd", "-f", "-p", "8080", "-h", "/bin"]'],
    { grace: 1 },
  ],
  "an exit of its own": [
    "SMOKE_EXITED",
    ["HEALTHCHECK CMD true", "CMD echo no config >&2; exit 1"],
  ],
  "more memory than it has": [
    "SMOKE_MEMORY",
    ["HEALTHCHECK CMD false", "CMD exec tail -c 200m /dev/zero"],
    { memory: "20m" },
  ],
  "a limit that docker does not take": ["SMOKE_SETTINGS", [healthy, serve], { memory: "1k" }],
  "nobody who answers": [
    "SMOKE_NOT_READY",
    ["HEALTHCHECK CMD echo nobody here; exit 1", "CMD sleep 60"],
    { within: 3 },
  ],
  "no such program": ["SMOKE_START", ["HEALTHCHECK CMD true", 'CMD ["/nowhere"]']],
  "nothing to ask": ["SMOKE_UNASKED", [serve]],
};

test.each(Object.entries(defects))("finds %s", async (_, [code, lines, settings]) => {
  const { findings } = await judge(await image(...lines), settings);
  expect(findings.map((finding) => finding.code)).toEqual([code]);
  if (code === "SMOKE_READ_ONLY") {
    expect(findings[0]?.repair).toContain("tmpfs: [/tmp, /var/lib/app]");
    expect(findings[0]?.output?.join()).toContain("Read-only file system");
  }
  if (code === "SMOKE_SETTINGS") {
    expect(findings[0]).toMatchObject({ message: expect.stringMatching(/it: Minimum memory/) });
    expect(findings[0]).not.toHaveProperty("output");
  }
  if (code === "SMOKE_EXITED") expect(findings[0]?.output).toEqual(["no config"]);
  if (code === "SMOKE_NOT_READY") expect(findings[0]?.message).toContain("nobody here");
});

test("a command that exits 0 is enough where it is declared", async () => {
  const subject = await image();
  const command = ["true"];
  expect((await judge(subject, { command })).findings).toEqual([]);
  const again = await judge(subject, { command });
  expect(again.summary).toBe("linux/amd64 passed before");
  const failed = await judge(subject, { command: ["false"], within: 3 });
  expect(failed.findings).toMatchObject([{ code: "SMOKE_EXITED" }]);
});

test("a service of a Compose file is reached by its name", async () => {
  const subject = await image();
  const compose = `services:
  db:
    image: slipway-smoke-test/db
    environment: { GREETING: "\${WORD:-ahoy}" }
    command: [sh, -c, 'mkdir /www; echo $$GREETING > /www/index.html; exec httpd -f -p 5432 -h /www']
    healthcheck: { test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:5432/"] }
`;
  await writeFile(join(top, "compose.yaml"), compose);
  await buildImage("slipway-smoke-test/db");
  try {
    const services = { from: "compose.yaml", names: ["db"] };
    const command = ["sh", "-c", "wget -q -O - http://db:5432/ | grep -q ahoy"];
    expect((await judge(subject, { command, services })).findings).toEqual([]);
  } finally {
    await run("docker", ["image", "rm", "--force", "slipway-smoke-test/db"]);
  }
});

async function buildImage(name: string) {
  const folder = await mkdtemp(join(top, "service-"));
  await writeFile(join(folder, "Dockerfile"), "FROM busybox:1.37\n");
  const named = Object.entries(contexts).flatMap(([key, value]) => [
    "--build-context",
    `${key}=${value}`,
  ]);
  await run("docker", ["buildx", "build", "--load", "--tag", name, ...named, folder]);
}

test("what is stopped halfway is not left", async () => {
  const subject = await image("HEALTHCHECK CMD false", "CMD sleep 60");
  const stopper = new AbortController();
  const stopped = judge(subject, { within: 60 }, stopper.signal);
  await untilContainers(1);
  stopper.abort();
  await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test("what a process that was killed left is collected at the next start", async () => {
  const subject = await image();
  const { pid = 0 } = spawnSync("true");
  const left = newRunId(Date.now(), processSpace()).text.split("-");
  const killed = [left[0], left[1], pid.toString(36), left[3]].join("-");
  await run("docker", [
    "network",
    "create",
    `--label=slipway.smoke=${killed}`,
    `slipway-smoke-${killed}`,
  ]);
  expect(await leftovers()).toHaveLength(1);
  await judge(subject, { command: ["true"], within: 1 });
});

async function untilContainers(count: number) {
  const args = ["ps", "-q", "--filter", "label=slipway.smoke"];
  await expect
    .poll(async () => (await run("docker", args)).stdout.split("\n").filter(Boolean).length, {
      timeout: 60_000,
    })
    .toBe(count);
}
