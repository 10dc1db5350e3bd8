import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { build } from "../../../src/docker/build.ts";
import { type BuilderFacts, observeBuilder } from "../../../src/docker/builder.ts";
import { judgeSmoke } from "../../../src/gates/smoke/smoke.ts";
import { openLayout } from "../../../src/oci/layout.ts";
import { readTree } from "../../../src/oci/tree.ts";
import type { GateSubject, SmokeSettings } from "../../../src/release/gate.ts";
import { run } from "../../../src/run.ts";
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
  await build({
    ...{ spec, builder, projectDir, destination, labels: {}, annotations: {} },
    ...{ rootAnnotations: {}, registryAuth: [], env: process.env, report: () => {} },
  });
  const layout = await openLayout(destination);
  return { spec, image: { tree: await readTree(layout.root, layout), source: layout } };
}

const serve = 'CMD trap "exit 0" TERM; httpd -f -p 8080 -h /bin & wait';
const healthy = "HEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1:8080/busybox";

async function judge(subject: GateSubject, settings: Partial<SmokeSettings> = {}) {
  const place = {
    ...{ projectDir: top, env: process.env, signal: new AbortController().signal },
    cacheDir: join(top, "cache"),
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

test("a server that writes beside its tmpfs is told which directory that is", async () => {
  const subject = await image(
    "USER 0",
    "RUN mkdir -p /var/lib/app && chown 1000 /var/lib/app",
    "USER 1000",
    healthy,
    `CMD echo 1 > /var/lib/app/state || exit 3; ${serve.slice(4)}`,
  );
  const { findings } = await judge(subject);
  expect(findings).toMatchObject([{ code: "SMOKE_READ_ONLY" }]);
  expect(findings[0]?.repair).toContain("tmpfs: [/tmp, /var/lib/app]");
  expect(findings[0]?.output?.join()).toContain("Read-only file system");
});
