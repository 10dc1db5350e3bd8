import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../scripts/call.ts";
import { Refusal } from "../scripts/say.ts";

/** The registry of the package `docker-registry`, where it is on PATH: its program, or `undefined`. */
export function findDockerRegistry(): string | undefined {
  return call("docker-registry", ["--version"]).ok ? "docker-registry" : undefined;
}

export interface DockerRegistry extends AsyncDisposable {
  readonly origin: string;
}

/** An empty one, with its content in files, as the local ECR has it. */
export async function startDockerRegistry(folder: string): Promise<DockerRegistry> {
  const home = mkdtempSync(join(folder, "docker-registry-"));
  const port = await freePort();
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(home, "data") } },
    http: { addr: `127.0.0.1:${port}` },
  };
  writeFileSync(join(home, "config.yml"), JSON.stringify(config));
  const child = spawn("docker-registry", ["serve", join(home, "config.yml")], { stdio: "ignore" });
  const ended = once(child, "exit");
  const origin = `http://127.0.0.1:${port}`;
  await answers(origin);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

async function answers(origin: string): Promise<void> {
  for (let left = 200; left > 0; left -= 1) {
    const there = await fetch(`${origin}/v2/`).then(
      () => true,
      () => false,
    );
    if (there) return;
    await sleep(50);
  }
  throw new Refusal("docker-registry did not answer within ten seconds");
}
