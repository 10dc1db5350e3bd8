import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import InspectCommand from "../../commands/inspect.ts";
import ReleaseCommand from "../../commands/release.ts";
import { recordTypes } from "../../src/release/receipt-artifact.ts";
import { ecrClient, manifestOf, ociManifest, repositoryClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { writeLayout } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

let made: Project;
let local: Rehearsal;
let elsewhere: string;

beforeAll(async () => {
  local = await rehearsal();
  elsewhere = mkdtempSync(join(tmpdir(), "slipway-elsewhere-"));
  made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
  });
  await prepareLayout(made, local, { layers: [1000, 50_000], seed: "one" });
  await runCommand(ReleaseCommand, ["1.0.0", "-q"], { cwd: made.dir });
  made.commit({ "note.txt": "more" });
  await prepareLayout(made, local, { layers: [1000, 60_000, 10], seed: "one" });
  await runCommand(ReleaseCommand, ["1.1.0", "-q"], { cwd: made.dir });
}, 60_000);
afterAll(async () => {
  made?.[Symbol.dispose]();
  rmSync(elsewhere, { recursive: true, force: true });
  await local?.[Symbol.asyncDispose]();
});

const inspect = (args: string[], options: object = {}) =>
  runCommand(InspectCommand, args, { cwd: made.dir, ...options });

describe("slipway inspect", () => {
  it("shows an image as a picture within 80 columns", async () => {
    const { stdout, stderr, exit } = await inspect(["1.1.0"], { columns: 80 });
    expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 });
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+\/team\/app:1\.1\.0\n {2}sha256:/);
    expect(stdout).toContain("index, 2 platforms, 2 attestations");
    expect(stdout).toMatch(/linux\/arm64 {2}\d\d\.\d kB in 3 layers/);
    expect(stdout).toMatch(/^ +60\.\d kB {2}█{18} /m);
    expect(stdout).toContain("provenance (https://slsa.dev/provenance/v1)");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("prints with --json one document: what it computed", async () => {
    const { stdout, value } = await inspect(["latest", "--json", "--against", "1.0.0"]);
    expect(JSON.parse(stdout)).toEqual(value);
    const [layer] = value?.platforms[0]?.layers ?? [];
    const [change] = value?.against?.platforms ?? [];
    expect(change?.layers.shared).toEqual([layer?.digest]);
    const { layers = [], config, bytes = 0 } = value?.platforms[0] ?? {};
    const [, ...fresh] = layers;
    const added = fresh.reduce((sum, one) => sum + one.bytes, config?.bytes ?? 0);
    expect(change?.pullBytes).toBe(added);
    expect(change?.to?.bytes).toBe(bytes);
  });

  it("says what is pulled by whoever has the other", async () => {
    const { stdout } = await inspect(["1.1.0", "--against", "1.0.0"], { columns: 80 });
    expect(stdout).toMatch(/compared with .*team\/app:1\.0\.0\n/);
    expect(stdout).toMatch(/linux\/amd64 {2}pulls 6\d\.\d kB of 6\d\.\d kB, \+1\d\.\d kB/);
    expect(stdout).toMatch(/^ {2}\+ {2}60\.\d kB/m);
    expect(stdout).toMatch(/~ +org\.opencontainers\.image\.revision +[0-9a-f]{12} → [0-9a-f]{12}/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each(["1.1.0", "latest", "team/app:1.1.0"])("finds the image that %s names", async (name) => {
    expect((await inspect([name, "--json"])).value?.digest).toBe(await digestOf("1.1.0"));
  });

  it("finds an image by digest, and by whole references with the host that ECR says", async () => {
    const { reference, digest } = (await inspect(["1.0.0", "--json"])).value ?? {};
    const host = reference?.split("/")[0];
    for (const name of [`${digest}`, `${reference}`, `${host}/team/app@${digest}`]) {
      expect((await inspect([name, "--json"])).value?.digest).toBe(digest);
    }
  });

  it("needs no slipway.yaml for a reference with ECR's own host", async () => {
    const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    const { value, stderr } = await inspect(
      [`${host}/team/app:1.1.0`, "--json", "--against", "1.0.0"],
      { cwd: elsewhere },
    );
    expect(stderr).toBe("");
    expect(value?.against?.digest).toBe(await digestOf("1.0.0"));
  });

  it("reads a layout on disk, and compares it with the registry", async () => {
    const layout = join(elsewhere, "layout");
    const { root } = writeLayout(layout, { platforms: ["linux/amd64"], seed: "other" });
    const { value } = await inspect([`oci:${layout}`, "--against", "1.0.0", "--json"]);
    expect(value?.digest).toBe(root.digest);
    expect(value?.against?.platforms.map(({ platform, state }) => [platform, state])).toEqual([
      ["linux/amd64", "changed"],
      ["linux/arm64", "gone"],
    ]);
    const alone = await inspect([`oci:${layout}`], { cwd: elsewhere, columns: 80 });
    expect(alone.stdout).toContain(`  ${root.digest}\n`);
  });

  it.each([
    ["the caller", "210987654321", ["1.1.0"]],
    ["the registry", "123456789012", ["1.1.0", "--account", "210987654321"]],
  ])("looks at nothing where %s is of another account than expected", async (whose, id, args) => {
    const { stdout, stderr, exit } = await inspect([...args, "--expect-account", id]);
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 3 });
    expect(stderr).toContain(`WRONG_ACCOUNT  ${whose} belongs to account`);
  });

  it("looks where caller and registry are of the expected account", async () => {
    expect((await inspect(["1.1.0", "--expect-account", "123456789012"])).exit).toBe(0);
  });

  it("shows what refers to it", async () => {
    const digest = await digestOf("1.0.0");
    const client = await repositoryClient(ecrClient(local.ecr), "team/app");
    const config = await client.pushBlob("{}");
    const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
    const subject = { mediaType: ociManifest, digest: `${digest}`, size: 9 };
    await client.putManifest(manifestOf(config, [], { subject, artifactType }));
    const { stdout, value } = await inspect(["1.0.0"], { columns: 80 });
    const types = value?.referrers.map((one) => one.artifactType).sort();
    expect(types).toEqual([artifactType, recordTypes.receipt]);
    expect(stdout).toMatch(/2 referrers\n/);
    expect(stdout).toContain(artifactType);
  });

  it.each([
    ["9.9.9", 1, "NOT_FOUND  there is no 9.9.9 of team/app in us-east-1"],
    ["no/where:1.0.0", 1, "NOT_FOUND  there is no repository no/where in us-east-1"],
    ["team/app", 2, "USAGE  'team/app' names a repository and no image in it"],
    ["elsewhere.example/team/app:1.0.0", 2, "USAGE  'elsewhere.example' is not an ECR registry"],
    [
      "elsewhere.example/no/where:1.0.0",
      1,
      "try  ECR alone is read, and elsewhere.example has not",
    ],
    ["sha256:abc", 2, "USAGE  'sha256:abc' is not a digest"],
    ["oci:nowhere", 1, "LAYOUT_INVALID  nowhere is not an OCI layout"],
  ])("ends with an error for %s", async (name, status, message) => {
    const { stderr, stdout, exit } = await inspect([name]);
    expect({ stdout, exit }).toEqual({ stdout: "", exit: status });
    expect(stderr).toContain(message);
  });

  it("asks for the token once, whatever it compares", async () => {
    local.requests.length = 0;
    const { exit } = await inspect(["1.1.0", "--against", "1.0.0"]);
    expect(exit).toBe(0);
    const asked = local.requests.map((one) => JSON.stringify(one));
    expect(asked.filter((one) => one.includes("GetAuthorizationToken"))).toHaveLength(1);
  });

  it("takes the beginning of a digest, as it shows them itself", async () => {
    const { value } = await inspect(["1.1.0"]);
    const platform = value?.platforms[0]?.digest ?? "";
    const short = platform.slice(0, "sha256:".length + 12);
    const alone = await inspect([short]);
    expect(alone.exit, alone.stderr).toBe(0);
    expect(alone.value?.digest).toBe(platform);
    const named = await inspect([`team/app@${short}`, "--against", short]);
    expect(named.value?.against?.digest, named.stderr).toBe(platform);
    const none = await inspect(["sha256:0000000"]);
    expect(none.stderr).toMatch(
      /^NOT_FOUND {2}there is no sha256:0000000… of team\/app in us-east-1$/m,
    );
  });

  it("says of an image in the archive what restores it, and of one being restored when to come again", async () => {
    const digest = await digestOf("1.0.0");
    const place = "--region us-east-1 --registry-id 123456789012 --repository-name team/app";
    const move = (targetStorageClass: "ARCHIVE" | "STANDARD") =>
      ecrClient(local.ecr).send(
        new UpdateImageStorageClassCommand({
          repositoryName: "team/app",
          imageId: { imageDigest: digest },
          targetStorageClass,
        }),
      );
    await move("ARCHIVE");
    for (const name of ["1.0.0", `${digest}`]) {
      const { stderr, exit } = await inspect([name]);
      expect([exit, stderr]).toEqual([1, expect.stringContaining("is archived and cannot be")]);
      expect(stderr).toContain(
        `aws ecr update-image-storage-class ${place} --image-id imageDigest=${digest} --target-storage-class STANDARD`,
      );
    }
    await move("STANDARD");
    const { stderr } = await inspect(["1.0.0"]);
    expect(stderr).toContain("is being restored from the archive");
    expect(stderr).toContain("in 20 minutes at the most");
    expect(stderr).not.toContain("update-image-storage-class");
  });
});

async function digestOf(version: string): Promise<string | undefined> {
  return (await inspect([version, "--json"])).value?.digest;
}
