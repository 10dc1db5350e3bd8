import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linesOn } from "../support/terminal.ts";
import { type Releasable, releasable } from "./releasable.ts";

let slow: Releasable;

beforeAll(async () => {
  const shape = { platforms: ["linux/amd64"], layers: [3_000_000] };
  slow = await releasable({ shape, ecr: { link: { bytesPerSecond: 500_000 } } });
}, 60_000);
afterAll(() => slow?.[Symbol.asyncDispose]());

it("Ctrl-C is answered above the live lines, which are gone at the end", async () => {
  const { CI, ...env } = process.env;
  const command = `stty rows 30 cols 100; "${process.execPath}" "${slow.binary.file}" release 1.0.0`;
  const terminal = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: slow.made.dir,
    env: { ...env, TERM: "xterm-256color" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let raw = "";
  for await (const chunk of terminal.stdout) {
    const before = raw;
    raw += chunk;
    const isLive = (text: string) => /upload the image {2}[\d.]+ .?B of/.test(text);
    if (isLive(raw) && !isLive(before)) terminal.stdin.write("\u0003");
  }
  const lines = linesOn(raw);
  expect(lines).toContain("stopping; once more to stop at once");
  expect(lines).toContainEqual(expect.stringMatching(/^INTERRUPTED {2}/));
  expect(lines.filter((line) => /upload the image {2}\d/.test(line))).toEqual([]);
});
