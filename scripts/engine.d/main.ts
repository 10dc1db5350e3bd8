import { existsSync, readFileSync, rmSync } from "node:fs";
import { hasApt } from "../debian/packages.ts";
import { Refusal, say, start } from "../say.ts";
import { askDocker, type Capability } from "./capable.ts";
import { isRunning, startDaemons, stopDaemons } from "./daemon.ts";
import { emulateArm64, emulationLeft } from "./emulation.ts";
import { askOwn, engineEnvironment, towardsPrivate } from "./environment.ts";
import { installEngine } from "./install.ts";
import { layout } from "./layout.ts";
import { removeBridge } from "./network.ts";

const usage = `usage: scripts/engine up|env|status|down

  up      makes sure that a docker engine answers which builds for linux/amd64 and linux/arm64:
          your own when it can, else a private one (Debian or Ubuntu on amd64, as root)
  env     prints shell exports that lead to the private engine: eval "$(scripts/engine env)"
  status  says which engine is in use
  down    stops the private engine`;

const commands: Readonly<Record<string, () => Promise<void>>> = { up, env, status, down };

async function up(): Promise<void> {
  const own = askOwn();
  if (own.able) return;
  // The engine tells what it saw at its start; the emulator may have gone since.
  if (await isPrivateAble()) return emulateArm64();
  refuseWhereImpossible(own);
  if (own.answers) say(`your own docker engine cannot be used: ${own.why}`);
  installEngine();
  emulateArm64();
  await startDaemons();
  const made = askPrivate();
  if (!made.able)
    throw new Refusal(`the private docker engine is not as it should be: ${made.why}`);
  say(`private docker engine ready: ${made.name} (scripts/engine down stops it)`);
}

async function env(): Promise<void> {
  const changes = await engineEnvironment();
  if (changes === undefined) throw new Refusal("no docker engine is up: run scripts/engine up");
  for (const [name, value] of Object.entries(changes)) console.log(exportLine(name, value));
}

function exportLine(name: string, value: string | undefined): string {
  if (name === "PATH") return `export PATH=${quoted(layout.bin)}:"$PATH"`;
  return value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`;
}

async function status(): Promise<void> {
  const own = askOwn();
  if (own.able) console.log(`your own engine: ${own.name}`);
  else if (await isRunning()) console.log(`private engine: ${describe(askPrivate())}`);
  else console.log(`none: ${own.why}`);
}

async function down(): Promise<void> {
  await stopDaemons();
  removeBridge();
  rmSync(layout.run, { recursive: true, force: true });
  say("the private docker engine is stopped");
  const left = [
    existsSync(layout.home) ? `${layout.home} (programs and images; may be removed)` : undefined,
    existsSync("/sys/class/net/docker0")
      ? "network bridge docker0 and docker's iptables rules"
      : undefined,
    emulationLeft(),
  ];
  for (const what of left) if (what !== undefined) say(`what stays: ${what}`);
}

async function isPrivateAble(): Promise<boolean> {
  return (await isRunning()) && askPrivate().able;
}

function askPrivate(): Capability {
  return askDocker({ ...process.env, ...towardsPrivate() });
}

function refuseWhereImpossible(own: Capability): void {
  if (own.able) return;
  const possible =
    process.platform === "linux" && process.arch === "x64" && isDebian() && hasApt() && isRoot();
  if (possible) return;
  throw new Refusal(
    [
      own.why,
      "what is needed: docker 28.3 or newer with buildx, the containerd image store or a container builder, and emulation of the other platform:",
      "  Docker Desktop: turn on “Use containerd for pulling and storing images”",
      "  Linux: docker buildx create --use, and the package qemu-user-static (or qemu-user-binfmt)",
      "or run this as root on Debian 12 or newer (or Ubuntu 22.04 or newer) on amd64: it makes a private engine by itself",
    ].join("\n"),
  );
}

function isDebian(): boolean {
  if (!existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function describe(capability: Capability): string {
  return capability.able ? capability.name : capability.why;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

await start(async () => {
  const command = commands[process.argv[2] ?? ""];
  if (command === undefined) throw new Refusal(usage);
  await command();
});
