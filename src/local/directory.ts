import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { request as requestTls } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SlipwayError } from "../errors.ts";

/** Who has a directory open. The API's answer tells a living owner from a process that got the same number later. */
export interface Owner {
  readonly pid: number;
  readonly port: number;
  readonly id: string;
  readonly tls: boolean;
}

export interface DataDirectory {
  readonly path: string;
  release(): void;
}

/** Milliseconds in which any living process has written its lock. */
const lockWritten = 300;

const temporaryPrefix = "slipway-local-";

/** The directory for an owner alone: the given one, or a temporary one. Throws LOCAL_ECR_FAILED. */
export async function openDirectory(
  path: string | undefined,
  owner: Owner,
): Promise<DataDirectory> {
  return path === undefined ? await openTemporary(owner) : await take(path, owner);
}

/** A directory that goes with `release`, with the process, or, after a SIGKILL, when the next one is made. */
async function openTemporary(owner: Owner): Promise<DataDirectory> {
  removeAbandoned();
  const path = mkdtempSync(join(tmpdir(), temporaryPrefix));
  await take(path, owner);
  temporary.add(path);
  if (temporary.size === 1) process.on("exit", removeTemporary);
  const release = () => {
    temporary.delete(path);
    if (temporary.size === 0) process.off("exit", removeTemporary);
    removeDirectory(path);
  };
  return { path, release };
}

/** What goes with this process; one listener for all, or Node warns of a leak at the eleventh. */
const temporary = new Set<string>();

function removeTemporary(): void {
  for (const path of temporary) removeDirectory(path);
}

function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Only what belongs to no process at all: asking the living would make every start wait for the busiest. */
function removeAbandoned(): void {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(temporaryPrefix));
  for (const name of names) {
    const path = join(tmpdir(), name);
    const owner = readLock(join(path, "lock"));
    if (owner ? !isRunning(owner.pid) : isOrphan(path)) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** Made, and left by a SIGKILL before its lock was: empty, and older than any start takes. Others' are unreadable. */
function isOrphan(path: string): boolean {
  try {
    return readdirSync(path).length === 0 && Date.now() - statSync(path).mtimeMs > 60_000;
  } catch {
    return false;
  }
}

async function take(path: string, owner: Owner): Promise<DataDirectory> {
  const lock = join(path, "lock");
  try {
    makeDirectory(resolve(path));
    if (!tryLock(lock, owner)) await replaceStale(lock, owner);
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    const message = `the directory '${path}' cannot hold the local ECR's data`;
    throw new SlipwayError("LOCAL_ECR_FAILED", message, { cause });
  }
  return { path, release: () => rmSync(lock, { force: true }) };
}

/** Node's own way to make all that is missing never ends where the system lets nobody make any, as in `/proc`. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another one has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function tryLock(lock: string, owner: Owner): boolean {
  try {
    writeFileSync(lock, JSON.stringify(owner), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function replaceStale(lock: string, owner: Owner): Promise<void> {
  // A lock without an owner is being written at this moment, or its writer was killed over it.
  const before = readLock(lock) ?? (await setTimeout(lockWritten, lock).then(readLock));
  if (before && (await isAlive(before))) throw inUse(lock, before);
  // Many may have found the same stale lock by now, and one of them may have taken its place.
  const taking = `${lock}.taking`;
  if (isOld(taking)) rmSync(taking, { force: true });
  if (!tryLock(taking, owner)) throw inUse(lock, readLock(taking));
  try {
    const now = readLock(lock);
    if (now?.id !== before?.id) throw inUse(lock, now);
    rmSync(lock, { force: true });
    if (!tryLock(lock, owner)) throw inUse(lock, readLock(lock));
  } finally {
    rmSync(taking, { force: true });
  }
}

/** Nobody takes so long to take a lock: it was left by a SIGKILL. */
function isOld(file: string): boolean {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return mtimeMs !== undefined && Date.now() - mtimeMs > 10_000;
}

function readLock(lock: string): Owner | undefined {
  try {
    const { pid, port, id, tls = false } = JSON.parse(readFileSync(lock, "utf8"));
    return Number.isInteger(pid) && Number.isInteger(port) ? { pid, port, id, tls } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** A running process that does not answer as the owner is another one with the same number. */
function isAlive({ pid, port, id, tls }: Owner): Promise<boolean> {
  if (!isRunning(pid)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const address = { host: "127.0.0.1", port, path: `/owner/${id}`, timeout: 5000 };
    const answered = ({ statusCode }: IncomingMessage) => resolve(statusCode === 204);
    // Nothing is told to it and it is not believed: who it is, its answer says.
    const question = tls
      ? requestTls({ ...address, rejectUnauthorized: false }, answered)
      : request(address, answered);
    question.on("timeout", () => {
      // No answer in time is a busy owner; a refused connection is none.
      resolve(true);
      question.destroy();
    });
    question.on("error", () => resolve(false));
    question.end();
  });
}

function inUse(lock: string, owner: Owner | undefined): SlipwayError {
  const who = owner ? `process ${owner.pid}` : "another process";
  return new SlipwayError("LOCAL_ECR_FAILED", `'${lock}' shows that ${who} uses this data`, {
    suggestions: ["stop the other local ECR, or give this one a directory of its own"],
  });
}

/** Writes a small file as a whole or not at all: who is killed amid it leaves what was there. */
export function replaceFile(file: string, text: string, mode?: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

/** Data that no version of ours has written so, as after a power cut; `lost` is what goes with the file. */
export function damaged(
  { place, lost }: { readonly place: string; readonly lost: string },
  cause?: unknown,
): SlipwayError {
  return new SlipwayError("LOCAL_ECR_FAILED", `the local ECR's data is damaged at ${place}`, {
    suggestions: [`remove that file to lose ${lost}, or use another directory`],
    cause,
  });
}
