import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import BuildCommand from "../../commands/build.ts";
import ReleaseCommand from "../../commands/release.ts";
import type { BuiltImage } from "../../src/release/build.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { useEngine } from "../support/engine.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, verify } from "../support/release.ts";

const dockerfile = `FROM busybox:1.37
ARG TARGETARCH
RUN echo "built for $TARGETARCH on $(/bin/uname -m)" > /built
CMD ["/bin/cat", "/built"]
`;

let local: Rehearsal;
let scratch: string;
let contexts: Readonly<Record<string, string>>;
const projects: Project[] = [];

beforeAll(async () => {
  ({ contexts } = await useEngine());
  local = await rehearsal();
  scratch = mkdtempSync(join(tmpdir(), "slipway-apart-"));
});
afterAll(async () => {
  for (const one of projects) one[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
  await local?.[Symbol.asyncDispose]();
});

function newProject(image: string, more = ""): Project {
  const config = `image: ${image}
platforms: [linux/amd64, linux/arm64]
build: { contexts: ${JSON.stringify(contexts)} }
targets: [us-east-1]
repository: { create: true }
${more}`;
  const made = project({ Dockerfile: dockerfile, "slipway.yaml": config });
  projects.push(made);
  return made;
}

async function build(made: Project, name: string, ...args: string[]): Promise<BuiltImage> {
  const output = join(scratch, name);
  // A machine of its own: no store of layouts that another one has filled.
  const env = { SLIPWAY_CACHE_DIR: join(scratch, `cache-${name}`) };
  const all = [...args, "--output", output, "-q"];
  const { value, stderr } = await runCommand(BuildCommand, all, { cwd: made.dir, env });
  return (value as BuiltImage | undefined) ?? expect.fail(stderr);
}

async function release(made: Project, ...names: string[]): Promise<Receipt> {
  const layouts = names.flatMap((name) => ["--layout", join(scratch, name)]);
  const { value, stderr } = await runCommand(ReleaseCommand, ["1.0.0", ...layouts, "-q"], {
    cwd: made.dir,
    // The machine that joins has no docker engine.
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
  });
  return (value as Receipt | undefined) ?? expect.fail(stderr);
}

async function docker(host: string, ...args: string[]): Promise<string> {
  const { authorizationData } = await new ECRClient({}).send(new GetAuthorizationTokenCommand({}));
  const auths = { [host]: { auth: authorizationData?.[0]?.authorizationToken } };
  const env = { ...process.env, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
  // Not the synchronous form: the registry lives in this very process.
  const { stdout } = await promisify(execFile)("docker", args, { env, timeout: 60_000 });
  return stdout;
}

describe("two platforms, each built alone", () => {
  it("are released as the image that one build of both gives, and run", async () => {
    const made = newProject("team/apart");
    const whole = await build(made, "whole");
    await build(made, "amd64", "--platform", "linux/amd64");
    await build(made, "arm64", "--platform", "linux/arm64");
    const receipt = await release(made, "arm64", "amd64");
    expect(receipt.content).toBe("layouts");
    expect(receipt.platforms).toEqual(whole.platforms);
    expect(receipt.source.inputs).toBe(whole.source.inputs);
    expect(receipt.attestations).toBe(2);
    const { holds, targets } = await verify(made, "1.0.0");
    const broken = targets.flatMap(({ checks }) => checks.filter((check) => !check.holds));
    expect(broken).toEqual([]);
    expect(holds).toBe(true);
    const reference = receipt.targets[0]?.reference ?? "";
    const [host = ""] = reference.split("/");
    for (const [platform, answer] of [
      ["linux/amd64", "built for amd64 on x86_64\n"],
      ["linux/arm64", "built for arm64 on aarch64\n"],
    ] as const) {
      const how = ["--rm", "--pull", "always", "--quiet", "--platform", platform];
      expect(await docker(host, "run", ...how, reference)).toBe(answer);
    }
  });

  it("may be bare manifests without attestations", async () => {
    const made = newProject("team/bare", "attestations: { provenance: none }\n");
    for (const name of ["amd64", "arm64"]) {
      const { mediaType } = await build(made, `bare-${name}`, "--platform", `linux/${name}`);
      expect(mediaType).toContain("manifest");
    }
    const receipt = await release(made, "bare-amd64", "bare-arm64");
    expect(receipt.mediaType).toContain("index");
    expect(receipt.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("are refused when the commit went on meanwhile", async () => {
    const made = newProject("team/moved");
    await build(made, "moved-amd64", "--platform", "linux/amd64");
    made.commit({ "more.txt": "more" });
    await build(made, "moved-arm64", "--platform", "linux/arm64");
    const args = ["moved-amd64", "moved-arm64"].flatMap((name) => [
      "--layout",
      join(scratch, name),
    ]);
    const { exit, stdout } = await runCommand(ReleaseCommand, ["1.0.0", ...args], {
      cwd: made.dir,
    });
    expect(exit).toBe(3);
    expect(stdout).toContain("LAYOUT_OF_OTHER_COMMIT");
  });
});
