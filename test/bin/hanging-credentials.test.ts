import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";

let binary: Binary;
const scratch = mkdtempSync(join(tmpdir(), "slipway-bin-test-"));

beforeAll(() => {
  binary = builtBinary();
}, 60_000);
afterAll(() => {
  binary?.[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

it("Ctrl-C ends the process though a credential_process that the SDK started does not end", async () => {
  const config = join(scratch, "config");
  const begun = join(scratch, "begun");
  const hang = `require("fs").writeFileSync("${begun}","");setTimeout(()=>{},25000)`;
  const credentials = `'${process.execPath}' -e '${hang}'`;
  writeFileSync(config, `[profile hangs]\ncredential_process = ${credentials}\n`);
  const image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1.0.0";
  const child = spawn(process.execPath, [binary.file, "inspect", "--profile", "hangs", image], {
    env: { ...process.env, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: devNull },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  while (!existsSync(begun)) await sleep(50);
  const interrupted = Date.now();
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  expect([code, said]).toEqual([130, expect.stringContaining("INTERRUPTED")]);
  expect(Date.now() - interrupted).toBeLessThan(18_000);
}, 40_000);
