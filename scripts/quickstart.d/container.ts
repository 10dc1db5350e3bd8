import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../say.ts";
import { ask, type Place, showAnswer } from "./shell.ts";

/** As one would run it in earnest: nothing writable, no rights, bounded. */
const hardened = [
  ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
  ...["--memory", "64m", "--cpus", "1", "--pids-limit", "50"],
];

/** Runs the released image by its digest on a platform, and shows what its server answers. */
export async function showRunning(image: string, platform: string, place: Place): Promise<void> {
  const publish = ["--publish", "127.0.0.1::8080"];
  const run = ["docker", "run", "--quiet", "--detach", "--rm", "--platform", platform];
  const id = await showAnswer([...run, ...publish, ...hardened, image], place);
  try {
    const address = await ask(["docker", "port", id, "8080/tcp"], place);
    const url = `http://${address.split("\n")[0]}/`;
    process.stdout.write(`\nGET ${url}\n${(await answerOf(url, place)).trim()}\n`);
  } finally {
    await ask(["docker", "rm", "--force", id], { ...place, signal: AbortSignal.timeout(20_000) });
  }
}

async function answerOf(url: string, { signal }: Place): Promise<string> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
    } catch {
      await sleep(100); // it is not listening yet
    }
  }
  throw new Refusal(`${url} does not answer`);
}

/**
 * A place where docker logs in without a trace: a configuration of its own, with the engine that the
 * user's configuration leads to.
 */
export async function withOwnLogin(folder: string, place: Place): Promise<Place> {
  const format = "{{.Endpoints.docker.Host}}";
  const host = await ask(["docker", "context", "inspect", "--format", format], place);
  mkdirSync(folder, { recursive: true });
  return { ...place, env: { ...place.env, DOCKER_HOST: host, DOCKER_CONFIG: folder } };
}

/** Docker Desktop and its like: containers' ports are here, but the daemon is elsewhere. */
export async function isVirtualMachine(place: Place): Promise<boolean> {
  const system = await ask(["docker", "info", "--format", "{{.OperatingSystem}}"], place);
  return process.platform !== "linux" || system.includes("Docker Desktop");
}
