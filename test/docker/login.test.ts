import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerLogin } from "../../src/docker/login.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "slipway-login-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A docker that is a shell script, alone on PATH but for the shell's own tools. */
async function dockerThat(script: string): Promise<{ PATH: string; SEEN: string }> {
  await writeFile(join(directory, "docker"), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, "docker"), 0o755);
  return { PATH: `${directory}:/usr/bin:/bin`, SEEN: join(directory, "seen") };
}

test("the password goes in by standard input, and not by argument", async () => {
  const env = await dockerThat('echo "$*" > "$SEEN"; cat >> "$SEEN"');
  await dockerLogin("registry.example.com", "AWS", "hunter2", { env });
  expect(await readFile(env.SEEN, "utf8")).toBe(
    "login --username AWS --password-stdin registry.example.com\nhunter2",
  );
});

test("a refusal is told without the password", async () => {
  const env = await dockerThat('echo "denied: $(cat) is wrong" >&2; exit 1');
  const error = await dockerLogin("registry.example.com", "AWS", "hunter2", { env }).catch(
    (e) => e,
  );
  expect(error).toMatchObject({ code: "REGISTRY_FAILED" });
  expect(error.message).toBe("docker login to registry.example.com failed: denied: ••• is wrong");
});
