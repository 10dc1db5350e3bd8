import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal, say } from "../say.ts";
import { toolEnvironment } from "./install.ts";
import { containerd, containerdSocket, dockerd, dockerSocket, layout } from "./layout.ts";
import { networkSettings } from "./network.ts";
import { endProcess, processesOf } from "./processes.ts";

const patience = 60_000;

/** Whether the private engine answers, and its programs are still on disk. */
export async function isRunning(): Promise<boolean> {
  const [daemon] = processesOf(dockerd);
  return daemon !== undefined && !daemon.gone && (await answers());
}

/** Starts containerd and dockerd, detached from whoever asks, and waits until they answer. */
export async function startDaemons(): Promise<void> {
  await stopDaemons();
  for (const folder of [layout.run, layout.log, layout.data])
    mkdirSync(folder, { recursive: true });
  say("starting a private docker engine");
  startDetached(containerd, ["--config", writeContainerdConfig()], "containerd");
  const daemon = startDetached(dockerd, ["--config-file", writeDockerConfig()], "dockerd");
  const deadline = Date.now() + patience;
  while (!(await answers())) {
    if (Date.now() > deadline) throw failed(`did not answer within ${patience / 1000} s`);
    if (daemon.exitCode !== null) throw failed(`ended with ${daemon.exitCode}`);
    await sleep(100);
  }
}

/** Ends both daemons; also those whose files were removed under them. */
export async function stopDaemons(): Promise<void> {
  for (const program of [dockerd, containerd]) {
    for (const { pid } of processesOf(program)) await endProcess(pid);
  }
  // A pidfile that was left behind may by now name somebody else's process.
  rmSync(join(layout.run, "docker.pid"), { force: true });
  for (const socket of [dockerSocket, containerdSocket]) rmSync(socket, { force: true });
}

/** A session of its own, so that neither Ctrl-C nor the end of the terminal reaches it. */
function startDetached(program: string, args: readonly string[], name: string) {
  const log = openSync(join(layout.log, `${name}.log`), "w");
  const child = spawn(program, args, {
    cwd: "/",
    detached: true,
    env: toolEnvironment(),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.on("error", () => {}); // told by the log and by the engine's silence
  child.unref();
  return child;
}

function writeDockerConfig(): string {
  return writeConfig("dockerd.json", {
    hosts: [`unix://${dockerSocket}`],
    containerd: containerdSocket,
    "data-root": join(layout.data, "docker"),
    "exec-root": join(layout.run, "exec"),
    pidfile: join(layout.run, "docker.pid"),
    features: { "containerd-snapshotter": true },
    ...networkSettings(),
  });
}

/** Its own containerd: dockerd would otherwise take the one of the machine, when there is one. */
function writeContainerdConfig(): string {
  const quoted = (path: string) => JSON.stringify(path);
  return writeConfig(
    "containerd.toml",
    [
      "version = 2",
      `root = ${quoted(join(layout.data, "containerd"))}`,
      `state = ${quoted(join(layout.run, "containerd"))}`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = ${quoted(containerdSocket)}`,
      "",
    ].join("\n"),
  );
}

function writeConfig(name: string, content: string | object): string {
  const file = join(layout.home, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return file;
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = request(
      { socketPath: dockerSocket, path: "/_ping", timeout: 2_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    ask.on("timeout", () => ask.destroy());
    ask.on("error", () => resolve(false));
    ask.end();
  });
}

function failed(how: string): Refusal {
  const file = join(layout.log, "dockerd.log");
  const tail = readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n");
  return new Refusal(`the private docker engine ${how}; the end of ${file}:\n${tail}`);
}
