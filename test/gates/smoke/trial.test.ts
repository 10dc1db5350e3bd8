import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tryOnce } from "../../../src/gates/smoke/trial.ts";
import { containerPlan } from "../../support/smoke.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-trial-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A container that does not start, with a docker that says this of it, and so answers when it is asked for it. */
async function tried(run: string, list: string) {
  const docker = join(directory, "docker");
  const says = `if [ "$1" = ps ]; then ${list}; fi; echo '${run}' >&2`;
  writeFileSync(docker, `#!/bin/sh\n${says}\nexit 125\n`);
  chmodSync(docker, 0o755);
  const trying = { plan: containerPlan(), sign: { kind: "exit" } as const };
  return await tryOnce({ ...trying, asking: { env: { PATH: directory } } }, "app");
}

test("an option that docker refuses makes no container", async () => {
  const refused = "docker: Error response from daemon: Minimum memory limit allowed is 6MB";
  const trial = await tried(refused, "exit 0");
  expect(trial).toMatchObject({ outcome: "unmade", lines: [] });
  expect(trial.state.error).toBe("Minimum memory limit allowed is 6MB");
});

test("an engine that does not answer has refused no option", async () => {
  const gone = "Cannot connect to the Docker daemon at unix:///run/d.sock";
  await expect(tried(`docker: ${gone}`, `echo '${gone}' >&2; exit 1`)).rejects.toMatchObject({
    code: "PROCESS_FAILED",
    message: expect.stringContaining(gone),
  });
});
