import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineEnvironment } from "./engine.d/environment.ts";
import { root } from "./place.ts";
import { isVirtualMachine, showRunning, withOwnLogin } from "./quickstart.d/container.ts";
import { type LocalEcr, startLocalEcr } from "./quickstart.d/local-ecr.ts";
import { makeProject, type Project } from "./quickstart.d/project.ts";
import { ask, type Place, show, title } from "./quickstart.d/shell.ts";
import { Refusal, start } from "./say.ts";

const slipway = [process.execPath, join(root, "dist", "bin", "slipway.js")];
const platforms = ["linux/amd64", "linux/arm64"];

const onAws = `
# The same against AWS: in your own repository, with a slipway.yaml (slipway init writes one)
# and AWS credentials in the environment

  slipway plan 1.0.0       # what a release would do, and why
  slipway release 1.0.0    # does it
  slipway verify 1.0.0     # proves it
`;

/** A whole release on this machine: everything it makes is gone at the end. */
async function quickstart(signal: AbortSignal): Promise<void> {
  const env = await engineIn(signal);
  const folder = mkdtempSync(join(tmpdir(), "slipway-quickstart-"));
  const place: Place = { cwd: folder, env, signal };
  let ecr: LocalEcr | undefined;
  try {
    title("A project: examples/hello in a git repository of its own");
    const project = await makeProject(place);
    console.log(`\n${project.folder}, commit ${project.revision}`);
    if (project.ownBaseImage)
      console.log("its base image is made of Debian's packages: no registry is asked");
    title("An ECR on this machine: slipway local");
    ecr = await startLocalEcr(slipway, place);
    console.log(`\n${ecr.endpoint} answers as ECR and STS of account 123456789012`);
    const { AWS_PROFILE, AWS_DEFAULT_PROFILE, ...others } = env;
    await release(project, { cwd: project.folder, env: { ...others, ...ecr.env }, signal }, folder);
  } finally {
    await ecr?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(onAws.trimEnd());
}

async function release({ revision }: Project, place: Place, folder: string): Promise<void> {
  const run = (...args: string[]) =>
    show(`slipway ${args.join(" ")}`, [...slipway, ...args], place);
  const what = ["1.0.0", "--build-arg", `REVISION=${revision}`];
  const receipt = join(folder, "receipt.json");
  title("What a release would do, and why");
  await run("plan", ...what);
  title("The release: build once, publish, verify, tag");
  await run("release", ...what, "--receipt", receipt);
  title("Proof: the lifecycle policy and the release, asked of the registry");
  // ECR runs a policy within a day of its being put: "never" is right here.
  await run("lifecycle", "verify", "--allow-never");
  await run("verify", "1.0.0");
  title("The released image, by digest, on both platforms");
  await runReleased(referenceIn(receipt), place, folder);
  title("The same release again: nothing is left to do");
  await run("release", ...what);
}

async function runReleased(image: string, place: Place, folder: string): Promise<void> {
  const loggedIn = await withOwnLogin(join(folder, "docker"), place);
  if (await isVirtualMachine(loggedIn)) {
    console.log(
      "\nleft out: an engine in a virtual machine does not reach this machine's 127.0.0.1",
    );
    return;
  }
  await show("slipway login", [...slipway, "login"], loggedIn);
  try {
    for (const platform of platforms) await showRunning(image, platform, loggedIn);
  } finally {
    await ask(["docker", "image", "rm", "--force", image], {
      ...loggedIn,
      signal: AbortSignal.timeout(20_000),
    });
  }
}

function referenceIn(receipt: string): string {
  const { targets } = JSON.parse(readFileSync(receipt, "utf8"));
  return String(targets[0].reference);
}

async function engineIn(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  title("A docker engine that builds for linux/amd64 and linux/arm64");
  const place = { cwd: root, env: process.env, signal };
  await show("scripts/engine up", ["sh", join("scripts", "engine"), "up"], place);
  await show("scripts/engine status", ["sh", join("scripts", "engine"), "status"], place);
  const changes = await engineEnvironment();
  if (changes === undefined) throw new Refusal("no docker engine came up");
  return { ...process.env, ...changes };
}

await start(async () => {
  const stopping = new AbortController();
  const ending = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, status] of Object.entries(ending)) {
    process.once(signal, () => {
      process.exitCode = status;
      stopping.abort();
    });
  }
  try {
    await quickstart(stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) console.error("\nstopped; what was made is removed");
    else throw error;
  }
});
