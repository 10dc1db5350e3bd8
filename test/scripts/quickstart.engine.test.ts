import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { useEngine } from "../support/engine.ts";

const root = join(import.meta.dirname, "../..");

it("goes the whole way of the quickstart", async () => {
  await useEngine();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "scripts/quickstart.ts")],
    { cwd: root, timeout: 150_000, maxBuffer: 10_000_000 },
  );
  expect(stdout).toMatch(/hello from linux\/amd64/);
  expect(stdout).toMatch(/hello from linux\/arm64/);
  expect(stdout).toContain("hello 1.0.0 is published as it should be");
  expect(stdout).toContain("was already released; nothing was done");
  expect(stdout).toContain("slipway verify 1.0.0     # proves it");
});
