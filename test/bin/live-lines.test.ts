import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { linesOn, onTerminal } from "../support/terminal.ts";
import { type Releasable, releasable } from "./releasable.ts";

let slow: Releasable;

beforeAll(async () => {
  const shape = { platforms: ["linux/amd64"], layers: [3_000_000] };
  const seed = { repositories: [{ name: "app", images: [{ tags: ["1.0.0"], bytes: 1000 }] }] };
  slow = await releasable({
    ...{ shape, ecr: { link: { bytesPerSecond: 500_000 }, seed } },
    files: { "lifecycle.json": JSON.stringify(policyOf(olderThan("untagged", 14))) },
  });
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

it.each([
  "inspect app:1.0.0",
  "verify 1.0.0 --image app",
  "lifecycle explain 1.0.0 --repository app --policy lifecycle.json",
  "lifecycle plan --repository app --policy lifecycle.json",
])("slipway %s tells how long AWS is silent, and then all of its answer stands", async (line) => {
  const { ecr } = slow.local;
  const words = [process.execPath, slow.binary.file, ...line.split(" ")];
  const place = { cwd: slow.made.dir, columns: 500 };
  ecr.setFaults({ rules: [] });
  const piped = spawn(process.execPath, words.slice(1), {
    ...place,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [answer, [status]] = await Promise.all([text(piped.stdout), once(piped, "exit")]);
  ecr.setFaults({ rules: [{ operation: "*", fault: "stall", milliseconds: 1300 }] });
  const { raw, exit } = await onTerminal(words, place);
  expect(exit).toBe(status);
  expect(raw).toMatch(/us-east-1 {2}AWS has not answered for 1\.\d s/);
  const shown = answer.trimEnd().split("\n");
  expect(linesOn(raw).slice(0, shown.length)).toEqual(shown);
});
