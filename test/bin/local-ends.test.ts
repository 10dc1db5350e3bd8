import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { isRunning } from "../support/processes.ts";

let binary: Binary;
let scratch: string;

beforeAll(() => {
  binary = builtBinary();
  scratch = mkdtempSync(join(tmpdir(), "slipway-bin-test-"));
}, 60_000);
afterAll(() => {
  binary?.[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

const left = () => readdirSync(scratch).filter((name) => !name.startsWith("node-compile-cache"));

it("a reader that goes away ends a local ECR that serves, with nothing left behind", async () => {
  const child = spawn(process.execPath, [binary.file, "local"], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(left()).toEqual([]);
});

describe("Ctrl-C", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends a local ECR, and nothing of it is left",
    async (signal) => {
      const child = spawn(process.execPath, [binary.file, "local"], {
        env: { ...process.env, TMPDIR: scratch },
        stdio: ["ignore", "pipe", "ignore"],
      });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      expect(left()).not.toEqual([]);
      child.kill(signal);
      expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
      expect(left()).toEqual([]);
      expect(isRunning(child.pid ?? 0)).toBe(false);
    },
  );

  it.each(["TERM", "HUP"])(
    "SIG%s is passed on to the command that a local ECR runs",
    async (sent) => {
      const script = `trap 'kill $!; exit 5' ${sent}; sleep 300 >/dev/null 2>&1 & echo $$; wait`;
      const child = spawn(process.execPath, [binary.file, "local", "--", "sh", "-c", script], {
        env: { ...process.env, TMPDIR: scratch },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [first] = await once(child.stdout, "data");
      child.kill(`SIG${sent}` as "SIGHUP");
      expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(5);
      expect(isRunning(Number(String(first)))).toBe(false);
      expect(left()).toEqual([]);
    },
  );

  it("at the command that a local ECR runs ends both, and only the command speaks of it", async () => {
    const args = ["local", "--", "sh", "-c", "echo $$; exec sleep 300"];
    const child = spawn(process.execPath, [binary.file, ...args], {
      detached: true,
      env: { ...process.env, TMPDIR: scratch },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = text(child.stderr);
    const first = await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve));
    // As a terminal does it: to the whole foreground group.
    process.kill(-(child.pid ?? 0), "SIGINT");
    const status = await new Promise((resolve) => child.once("exit", resolve));
    expect(status).toBe(130);
    expect(await said).toBe("");
    expect(isRunning(Number(String(first)))).toBe(false);
    expect(left()).toEqual([]);
  });

  it("as often as one likes leaves a local ECR to a command that goes on, such as a shell", async () => {
    const script =
      "trap 'echo again' INT; echo ready; for n in 1 2 3; do read -r line; done; exit 5";
    const child = spawn(process.execPath, [binary.file, "local", "--", "sh", "-c", script], {
      detached: true,
      env: { ...process.env, TMPDIR: scratch },
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    for (let times = 0; times < 2; times += 1) {
      process.kill(-(child.pid ?? 0), "SIGINT");
      await once(child.stdout, "data");
    }
    child.stdin.end();
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(5);
    expect(left()).toEqual([]);
  });
});
