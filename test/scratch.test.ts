import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeScratch, processSpace } from "../src/scratch.ts";

let top: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "slipway-scratch-test-"));
  mkdirSync(join(top, "tmp"));
  vi.stubEnv("TMPDIR", join(top, "tmp"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  vi.unstubAllEnvs();
  rmSync(top, { recursive: true });
});

const left = () => readdirSync(join(top, "tmp"));

/** A process id of nobody: Linux has none so high, and others fewer. */
const dead = 2 ** 30;

function place(space: string, pid: number, tail = "0123456789ab"): string {
  return join(top, "tmp", `slipway-build-${space}-${pid}-${tail}`);
}

test("is the user's alone, and gone with its process", async () => {
  {
    await using made = await makeScratch("build");
    expect(statSync(made.path).mode & 0o777).toBe(0o700);
    writeFileSync(join(made.path, "metadata.json"), "{}");
  }
  expect(left()).toEqual([]);
});

test("what a killed process left goes when the next is made, and the living keep theirs", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "../src/scratch.ts"));
  const program = `
    const made = await (await import(${module})).makeScratch("scan");
    console.log(made.path);
    setInterval(() => {}, 1000);
  `;
  const args = ["--input-type=module", "--eval", program];
  child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  const directory = String(line).trim();
  writeFileSync(join(directory, "layer"), "bytes");
  await using mine = await makeScratch("git");
  expect(existsSync(join(directory, "layer"))).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  await using next = await makeScratch("build");
  expect(existsSync(directory)).toBe(false);
  for (const { path } of [mine, next]) expect(existsSync(path)).toBe(true);
});

test("what is not surely ours and left stays", async () => {
  const outside = join(top, "outside");
  mkdirSync(join(outside, "kept"), { recursive: true });
  const space = processSpace();
  symlinkSync(outside, place(space, dead, "aaaaaaaaaaaa"));
  writeFileSync(place(space, dead, "bbbbbbbbbbbb"), "a file");
  mkdirSync(place("00000000", dead)); // of another machine or container
  mkdirSync(join(top, "tmp", `slipway-project-${dead}`));
  const before = left();
  await using _ = await makeScratch("build");
  expect(left()).toEqual(expect.arrayContaining(before));
  expect(existsSync(join(outside, "kept"))).toBe(true);
});

test.runIf(process.getuid?.() === 0)("what another user left stays", async () => {
  const other = place(processSpace(), dead);
  mkdirSync(other);
  chownSync(other, 65534, 65534);
  await using _ = await makeScratch("build");
  expect(existsSync(other)).toBe(true);
});

test("what this user left goes, with all that is in it but what links lead to", async () => {
  const outside = join(top, "outside");
  mkdirSync(join(outside, "kept"), { recursive: true });
  const own = place(processSpace(), dead);
  mkdirSync(own);
  symlinkSync(outside, join(own, "contexts"));
  await using _ = await makeScratch("docker");
  expect(existsSync(own)).toBe(false);
  expect(existsSync(join(outside, "kept"))).toBe(true);
});
