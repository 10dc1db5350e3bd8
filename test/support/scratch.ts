import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty directory for the test that runs or is about to: it is gone when that has ended. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "slipway-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
