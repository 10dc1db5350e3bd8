import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";

/** A tool on PATH that is none, and what it was asked. */
export interface StandIn {
  /** Every call, as the tool wrote it down. */
  readonly calls: () => readonly { readonly command?: string; readonly args: readonly string[] }[];
}

/** Puts `stand-ins/FILE` first on PATH as `name`, until the test is over. `$STAND_IN_LOG` is where it writes its calls. */
export function standIn(name: string, file: string): StandIn {
  const directory = mkdtempSync(join(tmpdir(), "slipway-stand-in-"));
  const log = join(directory, "calls.log");
  const script = join(import.meta.dirname, "stand-ins", file);
  writeFileSync(log, "");
  writeFileSync(join(directory, name), `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
  chmodSync(join(directory, name), 0o755);
  setForTest("PATH", `${directory}${delimiter}${process.env.PATH}`);
  setForTest("STAND_IN_LOG", log);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return {
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

/** An environment variable for one test. */
export function setForTest(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}
