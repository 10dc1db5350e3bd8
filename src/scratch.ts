import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "./run.ts";

/** A directory of one process in the system's place for temporary files, gone with it. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes an empty directory that its user alone can read, and removes those that processes of this user left behind when
 * they were killed. Throws what the file system says of a directory that cannot be made.
 */
export async function makeScratch(purpose: "build" | "docker" | "git" | "scan"): Promise<Scratch> {
  await sweepScratch();
  const name = ["slipway", purpose, ownSpace(), process.pid, randomBytes(6).toString("hex")];
  const path = join(tmpdir(), name.join("-"));
  await mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const form = /^slipway-[a-z]+-(?<space>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{12}$/;

/** Never throws: whoever may not clean up goes on. */
async function sweepScratch(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  await Promise.all(names.map((name) => removeIfLeft(name).catch(() => {})));
}

/** Another user's stays, and what is no directory: a link leads elsewhere. */
async function removeIfLeft(name: string): Promise<void> {
  const { space, pid } = form.exec(name)?.groups ?? {};
  if (space !== ownSpace() || isRunning(Number(pid))) return;
  const path = join(tmpdir(), name);
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return;
  await rm(path, { recursive: true, force: true });
}

let known: string | undefined;

function ownSpace(): string {
  known ??= processSpace();
  return known;
}

/**
 * Names the space of process ids that we are in: an engine, or a directory for temporary files, may be shared by
 * machines and by containers of one machine, and a process id of another counts nothing here.
 */
export function processSpace(): string {
  const parts = [hostname(), read("/proc/sys/kernel/random/boot_id"), link("/proc/self/ns/pid")];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 8);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
