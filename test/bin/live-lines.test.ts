import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { linesOn } from "../support/terminal.ts";

let binary: Binary;
let slow: Rehearsal;
let made: Project;

beforeAll(async () => {
  binary = builtBinary();
  slow = await rehearsal({ link: { bytesPerSecond: 500_000 } });
  made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
  });
  await prepareLayout(made, slow, { platforms: ["linux/amd64"], layers: [3_000_000] });
}, 60_000);
afterAll(async () => {
  binary?.[Symbol.dispose]();
  made?.[Symbol.dispose]();
  await slow?.[Symbol.asyncDispose]();
});

it("Ctrl-C is answered above the live lines, which are gone at the end", async () => {
  const { CI, ...env } = process.env;
  const command = `stty rows 30 cols 100; "${process.execPath}" "${binary.file}" release 1.0.0`;
  const terminal = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: made.dir,
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
