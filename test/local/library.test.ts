import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
let binary: Binary;
let project: string;

/** A project of somebody else's: the package from its tarball, an SDK, and what the page says to write. */
beforeAll(async () => {
  binary = builtBinary();
  project = mkdtempSync(join(tmpdir(), "slipway-library-"));
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const { stdout } = await run("npm", pack, { cwd: binary.directory });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const quiet = ["--no-audit", "--no-fund", "--offline", "--loglevel=error"];
  await run("npm", ["install", "--prefix", project, ...quiet, join(project, filename)], {
    cwd: project,
  });
  for (const name of ["@aws-sdk", "vitest"]) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  for (const [file, text] of examples()) writeFileSync(join(project, file), text);
}, 90_000);
afterAll(() => {
  binary?.[Symbol.dispose]();
  if (project) rmSync(project, { recursive: true, force: true });
});

/** The files of docs/local-ecr.md: a name on a line, then its text. */
function examples(): [string, string][] {
  const page = readFileSync(join(root, "docs/local-ecr.md"), "utf8");
  return [...page.matchAll(/^`(\S+)`\n\n```[jt]s\n(.*?)^```$/gms)].map(
    ([, file = "", text = ""]) => [file, text],
  );
}

describe("slipway/local-ecr, as it is packed", () => {
  test("the page has an example for each runner", () => {
    expect(examples().map(([file]) => file)).toEqual([
      "ecr.test.mjs",
      "lifecycle.test.ts",
      "throttling.test.mjs",
    ]);
  });

  test("serves a file of node:test", { timeout: 60_000 }, async () => {
    const { stdout } = await run(
      process.execPath,
      ["--test", "--test-reporter=tap", "ecr.test.mjs"],
      {
        cwd: project,
        env: withoutVitest(),
      },
    );
    expect(stdout).toMatch(/^# pass 1$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  test("serves a file of vitest", { timeout: 60_000 }, async () => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { stdout } = await run(process.execPath, [vitest, "run", "lifecycle.test.ts"], {
      cwd: project,
      env: { ...withoutVitest(), NO_COLOR: "1" },
    });
    expect(stdout).toMatch(/Tests {2}1 passed/);
  });

  test("serves whoever requires it", async () => {
    const text = 'require("slipway/local-ecr").startLocalEcr().then((ecr) => ecr.close());';
    await run(process.execPath, ["--input-type=commonjs", "--eval", text], { cwd: project });
  });

  test("has types that need no package of ours", { timeout: 60_000 }, async () => {
    const strict = { strict: true, noEmit: true, skipLibCheck: false, types: [] };
    const compilerOptions = { ...strict, module: "nodenext", target: "es2022" };
    mkdirSync(join(project, "types"));
    writeFileSync(join(project, "types/tsconfig.json"), JSON.stringify({ compilerOptions }));
    writeFileSync(join(project, "types/use.mts"), typed);
    const tsc = join(root, "node_modules/.bin/tsc");
    const { stdout } = await run(tsc, ["-p", "types"], { cwd: project }).catch((error) => error);
    expect(stdout).toBe("");
  });
});

const typed = `import {
  type Effect, type FaultSet, type LocalEcr, type LocalEcrOptions, type RequestLogEntry, parseFaults,
  readFindings, readSeed, requestLine, type Seed, startLocalEcr,
} from "slipway/local-ecr";

const seed: Seed = { repositories: [{ name: "team/app", mutability: "IMMUTABLE", images: [{ ageDays: 1 }] }] };
const faults: FaultSet = { rules: [{ operation: "PutImage", fault: "lost" }] };
const onEffect = ({ kinds, digest }: Effect) => [...kinds, digest ?? ""].join();
const options: LocalEcrOptions = { seed, faults, onEffect, onRequest: (entry: RequestLogEntry) => requestLine(entry) };
export async function use(): Promise<Readonly<Record<string, string>>> {
  await using ecr: LocalEcr = await startLocalEcr(options);
  ecr.advance(1000);
  return ecr.env;
}
// @ts-expect-error: there is no such option
startLocalEcr({ ports: 1 });
export const others = [parseFaults, readFindings, readSeed];
`;

/** What a vitest inside of a vitest must not hear of. */
function withoutVitest(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|NODE_ENV|TEST)/.test(name),
  );
  return Object.fromEntries(kept);
}
