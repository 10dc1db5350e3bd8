import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useEngine } from "../support/engine.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, verify } from "../support/release.ts";

const slipway = join(import.meta.dirname, "../../dist/bin/slipway.js");
const targets = ["us-east-1", "eu-west-1", "ap-south-1"];

let local: Rehearsal;
let source: Project;

function makeProject(contexts: Readonly<Record<string, string>>): Project {
  return project({
    "slipway.yaml": `image: team/killed
targets: [${targets.join(", ")}]
repository: { create: true }
build: { contexts: ${JSON.stringify(contexts)} }
`,
    Dockerfile: `FROM busybox:1.37
RUN i=0; while [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done; dd if=/dev/urandom of=/big bs=1M count=8
`,
  });
}

beforeEach(async () => {
  local = await rehearsal();
});

afterEach(async () => {
  source?.[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

/** Runs the built CLI; `kill` is asked every few milliseconds whether it is time to die by SIGKILL. */
async function runRelease(kill: () => boolean): Promise<number | "killed"> {
  const child = spawn(process.execPath, [slipway, "release", "1.0.0", "--quiet"], {
    cwd: source.dir,
    env: process.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const watch = setInterval(() => kill() && child.kill("SIGKILL"), 2);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("close", (...ended) => resolve(ended)),
  );
  clearInterval(watch);
  if (signal === "SIGKILL") return "killed";
  expect(said).toBe("");
  return code ?? -1;
}

/** No version tag stands anywhere unless the image is whole everywhere; floating tags follow version tags. */
async function expectNothingHalfNamed(): Promise<void> {
  const { targets: seen } = await verify(source, "1.0.0");
  if (!seen.some(({ digest }) => digest !== null)) return;
  const { ECRClient, BatchGetImageCommand } = await import("@aws-sdk/client-ecr");
  const digest = seen.find((target) => target.digest !== null)?.digest ?? "";
  for (const region of targets) {
    const { images } = await new ECRClient({ region }).send(
      new BatchGetImageCommand({
        repositoryName: "team/killed",
        imageIds: [{ imageDigest: digest }],
      }),
    );
    expect(images, `${digest} in ${region}`).toHaveLength(1);
  }
}

async function expectFinishedByRunningAgain(): Promise<void> {
  expect(await runRelease(() => false)).toBe(0);
  const { holds, targets: seen } = await verify(source, "1.0.0");
  expect(seen.flatMap(({ checks }) => checks.filter((check) => !check.holds))).toEqual([]);
  expect(holds).toBe(true);
}

// Deaths after the build are played in test/promises/crash.test.ts, one after each effect.
describe("killed by SIGKILL", () => {
  it.each([
    ["in the middle of the build", () => layoutsMatching(/^unfinished-/), 500],
    ["while the layout is exported", () => blobsUnfinished(), 0],
  ])("%s: running again finishes", async (_, begun, laterMs) => {
    const { contexts } = await useEngine();
    source = makeProject(contexts);
    let at = 0;
    const ended = await runRelease(() => {
      if (at === 0 && begun()) at = Date.now() + laterMs;
      return at > 0 && Date.now() >= at;
    });
    expect(ended).toBe("killed");
    await expectNothingHalfNamed();
    await expectFinishedByRunningAgain();
  });
});

function layoutsMatching(form: RegExp): boolean {
  const layouts = join(local.cacheDir, "layouts");
  return existsSync(layouts) && readdirSync(layouts).some((name) => form.test(name));
}

function blobsUnfinished(): boolean {
  const layouts = join(local.cacheDir, "layouts");
  if (!existsSync(layouts)) return false;
  return readdirSync(layouts).some(
    (name) => name.startsWith("unfinished-") && existsSync(join(layouts, name, "blobs")),
  );
}
