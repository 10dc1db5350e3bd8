import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Binary } from "../support/binary.ts";
import type { Project } from "../support/project.ts";
import type { Rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";
import { onTerminal as terminal } from "../support/terminal.ts";
import { type Releasable, releasable } from "./releasable.ts";

let ready: Releasable;
let binary: Binary;
let local: Rehearsal;
let made: Project;
let program: readonly string[];

beforeAll(async () => {
  ready = await releasable();
  ({ binary, local, made } = ready);
  program = [process.execPath, binary.file];
}, 60_000);
afterAll(() => ready?.[Symbol.asyncDispose]());

/** Runs the program with nobody at the other end of these streams; what the other one said. */
async function withoutReader(args: string[], gone: readonly ("stdout" | "stderr")[]) {
  const child = spawn(process.execPath, [binary.file, ...args], {
    cwd: made.dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const name of ["stdout", "stderr"] as const) {
    if (gone.includes(name)) child[name].destroy();
    else child[name].on("data", (chunk) => (said += chunk));
  }
  const exit = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { exit, said };
}

it("slipway plan | true ends as the plan does, without a word", async () => {
  expect(await withoutReader(["plan", "1.0.0"], ["stdout"])).toEqual({ exit: 0, said: "" });
  expect(await withoutReader(["plan"], ["stdout"])).toEqual({ exit: 3, said: "" });
});

it("slipway release 2>&1 | true releases all the same", async () => {
  const { exit } = await withoutReader(["release", "1.0.0"], ["stdout", "stderr"]);
  expect(exit).toBe(0);
  const [tags = {}] = Object.values(await registryState(local));
  expect(Object.keys(tags)).toEqual(expect.arrayContaining(["1.0.0", "1.0", "1", "latest"]));
});

it("a reader who takes his time, as a pager does, gets all of it", async () => {
  const file = join(local.cacheDir, "policy.json");
  writeFileSync(file, JSON.stringify({ rules: Array(400).fill({}) }));
  // Twelve seconds and more as one second: no timer of the program may end it before.
  const hurried = `const later = setTimeout; globalThis.setTimeout = (work, ms, ...rest) => later(work, ms / 20, ...rest)`;
  const hurry = `data:text/javascript,${encodeURIComponent(hurried)}`;
  const args = ["--import", hurry, binary.file, "lifecycle", "check", file, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = text(child.stderr);
  const ended = once(child, "close");
  await once(child.stdout, "readable");
  await sleep(2_000);
  const shown = await text(child.stdout);
  expect([await ended, await said]).toEqual([[3, null], ""]);
  expect(shown.length).toBeGreaterThan(200_000);
  expect(() => JSON.parse(shown)).not.toThrow();
});

it("an error that nobody reads keeps its exit status", async () => {
  const { exit } = await withoutReader(["plan", "--nonsense", "--json"], ["stdout", "stderr"]);
  expect(exit).toBe(2);
});

const onTerminal = (...words: readonly string[]) => terminal(words, { cwd: made.dir, columns: 40 });

it("ends without a stack when its terminal is closed", async () => {
  const [errors, status] = ["errors", "status"].map((name) => join(local.cacheDir, name));
  // The outer shell goes with its terminal, and the kernel tells the rest; the inner one stays to note the exit status.
  const command = `(trap '' HUP; "${process.execPath}" "${binary.file}" local 2>"${errors}"; echo $? >"${status}.new"; mv "${status}.new" "${status}"); true`;
  const terminal = spawn("script", ["-qec", command, "/dev/null"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(terminal.stdout, "data");
  terminal.kill("SIGKILL");
  await vi.waitUntil(() => existsSync(String(status)), 30_000);
  expect(readFileSync(String(status), "utf8")).toBe("0\n");
  expect(readFileSync(String(errors), "utf8")).toBe("\nstopping; once more to stop at once\n");
});

it("goes on without any terminal, as under nohup, when one is closed", async () => {
  const args = ["release", "1.0.0", "--region", "ap-south-1"];
  const child = spawn(process.execPath, [binary.file, ...args], {
    cwd: made.dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = text(child.stdout);
  await once(child.stderr.resume(), "data"); // the plan, before anything is done
  child.kill("SIGHUP");
  const [exit] = await once(child, "close");
  expect(exit).toBe(0);
  expect(await said).toContain("team/app 1.0.0 released");
});

it("starts on a terminal, where oclif reads other modules", async () => {
  const { exit, said } = await onTerminal(...program, "--version");
  expect(said).toMatch(/^slipway\/\d/);
  expect(exit).toBe(0);
});

it("says on a terminal what is wrong with a call", async () => {
  const { exit, said } = await onTerminal(...program, "promote", "1.0.0");
  expect(said).toContain("USAGE  --to [ACCOUNT/]REGION[/REPOSITORY] is missing: where to");
  expect(exit).toBe(2);
});

it("writes for the stream that it writes to: a plan in a file has no colours and no terminal's width", async () => {
  const log = join(local.cacheDir, "log");
  const release = ["release", "1.0.0", "--region", "sa-east-1"];
  const { exit, raw } = await onTerminal(...program, ...release, `2>${log}`);
  expect(exit).toBe(0);
  expect(raw).toContain("\u001b[1m");
  const written = readFileSync(log, "utf8");
  expect(written).toMatch(
    /^ {2}\? verify the upload {2,}no tag is written before everything is there$/m,
  );
  expect(written).not.toContain("\u001b");
});

it("moves no cursor where the terminal cannot", async () => {
  const release = ["release", "1.0.0", "--region", "us-west-2"];
  const { exit, raw } = await onTerminal("TERM=dumb", ...program, ...release);
  expect(exit).toBe(0);
  expect(raw).toContain("us-west-2  upload the image  ");
  expect(raw).not.toContain("\u001b");
});

it("releases on a terminal, with colours and lines that move", async () => {
  const release = await onTerminal(...program, "release", "1.0.0", "--region", "eu-west-1");
  expect(release.exit, release.said).toBe(0);
  expect(release.said).toContain("team/app 1.0.0 released");
  expect(release.raw).toContain("\u001b[");
});
