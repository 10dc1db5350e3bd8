import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ecrClient, login } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";
import { setForTest } from "../support/stand-in.ts";

const execute = promisify(execFile);

let keys: string;
let local: Rehearsal;
let source: Project;

beforeEach(async () => {
  keys = mkdtempSync(join(tmpdir(), "slipway-cosign-"));
  local = await rehearsal();
});

afterEach(async () => {
  source[Symbol.dispose]();
  rmSync(keys, { recursive: true, force: true });
  await local[Symbol.asyncDispose]();
});

/** Version 3, whose services are named by a file: one that names none needs no internet. */
function hasCosign(): boolean {
  try {
    execFileSync("cosign", ["signing-config", "create", "--help"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function cosign(...args: string[]): Promise<string> {
  const { stdout } = await execute("cosign", args, { cwd: keys, timeout: 60_000 });
  return stdout;
}

/** A docker configuration that may pull, for cosign when Slipway does not start it. */
async function logIn(): Promise<void> {
  const { proxy, authorization } = await login(ecrClient(local.ecr));
  const auths = { [new URL(proxy).host]: { auth: authorization.replace("Basic ", "") } };
  mkdirSync(join(keys, "docker"));
  writeFileSync(join(keys, "docker", "config.json"), JSON.stringify({ auths }));
  setForTest("DOCKER_CONFIG", join(keys, "docker"));
}

test.skipIf(!hasCosign())(
  "what the real cosign signs is seen, not signed again, and verified by its key",
  async () => {
    setForTest("COSIGN_PASSWORD", "of this test alone");
    setForTest("HOME", keys); // where it would look for, and keep, what it trusts
    await cosign("generate-key-pair", "--output-key-prefix", "release");
    await cosign("signing-config", "create", "--out", "offline.json");
    const file = (name: string) => JSON.stringify(join(keys, name));
    source = project({
      "slipway.yaml": `image: team/signed
targets: [us-east-1]
repository: { create: true }
gates:
  signature:
    cosign: [--key, ${file("release.key")}, --signing-config, ${file("offline.json")}, --allow-http-registry]
`,
      Dockerfile: "FROM scratch\nCOPY . /\n",
    });
    await prepareLayout(source, local);
    const { receipt } = await release(source, "1.0.0");
    expect(receipt.gates.at(-1)).toMatchObject({
      summary: "signed at 1 of 1 targets",
      findings: [],
    });
    const again = await release(source, "1.0.1");
    expect(again.receipt.gates).toMatchObject([{ summary: "signed at 1 of 1 targets, 1 before" }]);
    const [target] = (await verify(source, "1.0.0")).targets;
    expect(target?.checks).toContainEqual({ name: "signature", holds: true, found: "present" });
    expect(target?.referrers).toMatchObject([
      { artifactType: expect.stringMatching(/^application\/vnd\.dev\.sigstore\.bundle\./) },
    ]);

    await logIn();
    const { reference = "" } = receipt.targets[0] ?? {};
    const byKey = ["verify", "--allow-http-registry", "--insecure-ignore-tlog", "--key"];
    expect(await cosign(...byKey, "release.pub", reference)).toContain(receipt.digest);
    await cosign("generate-key-pair", "--output-key-prefix", "other");
    await expect(cosign(...byKey, "other.pub", reference)).rejects.toThrow(/signature/);
  },
);
