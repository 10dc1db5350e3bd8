import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { namingEngine } from "../../src/docker/silent-engine.ts";
import { OutOfTime, run } from "../../src/run.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "slipway-silent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

/** A docker whose engine never answers, and which knows where that would be. */
function asking(answer: string) {
  const script = `#!/bin/sh\n[ "$1" = context ] && ${answer}\n[ "$1" = info ] && exec /bin/sleep 60\nexit 1\n`;
  writeFileSync(join(directory, "docker"), script);
  chmodSync(join(directory, "docker"), 0o755);
  const env = { PATH: directory };
  return namingEngine(run("docker", ["info"], { env, timeout: 100 }), { env });
}

test("an engine that does not answer in time is told with its address", async () => {
  await expect(asking("exec /bin/echo tcp://10.0.0.7:2375")).rejects.toMatchObject({
    code: "PROCESS_FAILED",
    message: "docker info did not end within 0.1 s: it waited for tcp://10.0.0.7:2375",
    suggestions: ["docker --host tcp://10.0.0.7:2375 version", expect.stringContaining("context")],
  });
});

test("where the client does not know its address either, what is known is told", async () => {
  await expect(asking("exit 1")).rejects.toThrow(/^docker info did not end within 0.1 s$/);
});

test("another error is left as it is", async () => {
  const error = new Error("no");
  await expect(namingEngine(Promise.reject(error), {})).rejects.toBe(error);
  expect(error).not.toBeInstanceOf(OutOfTime);
});
