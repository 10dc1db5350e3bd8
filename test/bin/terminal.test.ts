import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

// oclif and the live screen read other modules on a terminal than on a pipe.
let binary: Binary;
let local: Rehearsal;
let made: Project;

beforeAll(async () => {
  binary = builtBinary();
  local = await rehearsal();
  made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
  });
  await prepareLayout(made, local);
}, 60_000);
afterAll(async () => {
  binary?.[Symbol.dispose]();
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

/** Runs the program as someone at a terminal, by util-linux's `script`; what the terminal got. */
async function onTerminal(...args: readonly string[]) {
  const { CI, NO_COLOR, ...env } = process.env;
  const command = [process.execPath, binary.file, ...args].join(" ");
  const run = promisify(execFile)("script", ["-qec", command, "/dev/null"], {
    cwd: made.dir,
    env: { ...env, TERM: "xterm-256color" },
  });
  const { code, stdout } = await run.then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string }) => error,
  );
  return { exit: code, raw: stdout, said: stripVTControlCharacters(stdout) };
}

it("starts", async () => {
  const { exit, said } = await onTerminal("--version");
  expect(said).toMatch(/^slipway\/\d/);
  expect(exit).toBe(0);
});

it("says what is wrong with a call", async () => {
  const { exit, said } = await onTerminal("promote", "1.0.0");
  expect(said).toContain("USAGE  --to [ACCOUNT/]REGION[/REPOSITORY] is missing: where to");
  expect(exit).toBe(2);
});

it("releases and verifies, with colours and lines that move", async () => {
  const release = await onTerminal("release", "1.0.0");
  expect(release.exit, release.said).toBe(0);
  expect(release.said).toContain("team/app 1.0.0 released");
  expect(release.raw).toContain("\u001b[");
  const verify = await onTerminal("verify", "1.0.0");
  expect(verify.exit, verify.said).toBe(0);
});
