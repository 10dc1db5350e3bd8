import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const lockFile = join(import.meta.dirname, "../../scripts/lock.sh");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway lock "));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script that holds the lock for a while and logs when it enters and leaves. */
async function hold(name: string): Promise<string> {
  const script = [
    'say() { echo "$*" >&2; }',
    `. "${lockFile}"`,
    'take_lock "$1/lock"',
    'echo "enter $2" >>"$1/log"; sleep 0.2; echo "leave $2" >>"$1/log"',
    "release_lock",
  ].join("\n");
  const { stderr } = await promisify(execFile)("sh", ["-euc", script, "sh", folder, name]);
  return stderr;
}

test("one at a time", async () => {
  await Promise.all([hold("a"), hold("b"), hold("c")]);
  const log = readFileSync(join(folder, "log"), "utf8").trim().split("\n");
  expect(log).toHaveLength(6);
  for (const at of [0, 2, 4]) expect(log[at + 1]).toBe(log[at]?.replace("enter", "leave"));
  expect(existsSync(join(folder, "lock"))).toBe(false);
}, 20_000);

test("a lock whose owner is dead is taken over", async () => {
  const { pid } = await ended();
  mkdirSync(join(folder, "lock"));
  writeFileSync(join(folder, "lock", "pid"), String(pid));
  expect(await hold("a")).toBe(`waiting for another run (process ${pid})\n`);
}, 20_000);

test("a folder that cannot be written is an answer, not a wait", async () => {
  rmSync(folder, { recursive: true });
  await expect(hold("a")).rejects.toMatchObject({ code: 1 });
});

/** A process that has been and is no more. */
async function ended(): Promise<{ pid: number }> {
  const running = promisify(execFile)("true");
  const { pid = 0 } = running.child;
  await running;
  return { pid };
}
