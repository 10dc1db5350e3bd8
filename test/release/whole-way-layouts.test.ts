import { cpSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import type { Plan } from "../../src/release/plan.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release, verify } from "../support/release.ts";
import { runnerLayout } from "../support/runner.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { stage } from "../support/stage.ts";
import { registryState } from "../support/state.ts";

const config = `image: team/app
platforms: [linux/arm64, linux/amd64]
targets: [us-east-1]
repository: { create: true }
`;

let local: Rehearsal;
let made: Project;
let scratch: string;
const at = (name: string) => join(scratch, name);

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
  scratch = scratchDirectory();
  for (const platform of ["amd64", "arm64"]) {
    await runnerLayout(made, `linux/${platform}`, at(platform));
  }
});

/** No docker engine on the way: the machine that joins has none. */
const call = (command: typeof ReleaseCommand | typeof PlanCommand, args: string[]) =>
  runCommand(command as typeof ReleaseCommand, args, {
    cwd: made.dir,
    env: { DOCKER_HOST: "unix:///nowhere" },
  });
const both = () => ["--layout", at("amd64"), "--layout", at("arm64")];
const uploads = () =>
  local.requests.filter(({ method, path }) => method === "PUT" && path.includes("/blobs/"));

describe("layouts of two runners", () => {
  it("are released as one image, that proves itself", async () => {
    const { value, exit, stderr } = await call(ReleaseCommand, ["1.0.0", ...both()]);
    expect(exit, stderr).toBe(0);
    const receipt = value as Receipt;
    expect(receipt.content).toBe("layouts");
    expect(receipt.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
    expect(receipt.attestations).toBe(2);
    const { holds, targets } = await verify(made, "1.0.0");
    expect(targets.flatMap(({ checks }) => checks.filter((check) => !check.holds))).toEqual([]);
    expect(holds).toBe(true);
  });

  it("are the release's for whoever runs it again, with them in any order or without them", async () => {
    const first = (await call(ReleaseCommand, ["1.0.0", ...both()])).value as Receipt;
    local.requests.length = 0;
    const turned = ["--layout", at("arm64"), "--layout", at("amd64")];
    const again = (await call(ReleaseCommand, ["1.0.0", ...turned])).value as Receipt;
    const plain = await release(made, "1.0.0");
    expect([again.digest, plain.receipt.digest]).toEqual([first.digest, first.digest]);
    expect(plain.plan.steps.every(({ action }) => action === "keep")).toBe(true);
    expect(uploads()).toEqual([]);
    const second = await release(made, "1.1.0");
    expect(second.receipt.digest).toBe(first.digest);
  });

  it("come to a target that is added later, from the layouts or from the registry", async () => {
    const first = (await call(ReleaseCommand, ["1.0.0", ...both()])).value as Receipt;
    const regions = ["us-east-1", "eu-west-1"];
    const { plan, receipt } = await release(made, "1.0.0", { overrides: { regions } });
    expect(plan.content.from).toBe("registry");
    expect(receipt.digest).toBe(first.digest);
    const more = ["--region", "us-east-1", "--region", "ap-south-1"];
    const third = await call(ReleaseCommand, ["1.0.0", ...both(), ...more]);
    expect(third.value).toMatchObject({ content: "layouts", digest: first.digest });
  });

  it("leave the published image as it is when they hold another build of it", async () => {
    const first = (await call(ReleaseCommand, ["1.0.0", ...both()])).value as Receipt;
    await runnerLayout(made, "linux/amd64", at("amd64"), { seed: "built again" });
    const { value, stderr, exit } = await call(ReleaseCommand, ["1.0.0", ...both()]);
    expect(exit).toBe(0);
    expect((value as Receipt).digest).toBe(first.digest);
    expect(stderr.replace(/\s+/g, " ")).toContain("published already");
  });

  it("are read in place: nothing is written beside them", async () => {
    await call(ReleaseCommand, ["1.0.0", ...both()]);
    expect(() => statSync(join(local.cacheDir, "layouts"))).toThrow();
  });
});

describe("layouts that are refused", () => {
  const refused = async (args: string[], code: string) => {
    const { exit, value, stdout } = await call(ReleaseCommand, ["1.0.0", ...args]);
    expect((value as Plan).problems.map((problem) => problem.code)).toContain(code);
    expect(exit).toBe(3);
    expect(await registryState(local)).toEqual({});
    return stdout;
  };

  it("a platform is missing", async () => {
    const said = await refused(["--layout", at("amd64")], "LAYOUT_MISSING");
    expect(said).toContain("slipway build --platform linux/arm64 --output DIR");
  });

  it("a platform is there twice", async () => {
    cpSync(at("amd64"), at("twice"), { recursive: true });
    await refused([...both(), "--layout", at("twice")], "LAYOUT_DOUBLED");
  });

  it("of another commit", async () => {
    const before = made.git("rev-parse", "HEAD");
    const now = made.commit({ "more.txt": "more" });
    await runnerLayout(made, "linux/arm64", at("arm64"));
    const said = await refused(both(), "LAYOUT_OF_OTHER_COMMIT");
    expect(said).toContain(before);
    expect(said).toContain(now);
    expect(said).toContain("linux/amd64");
  });

  it("of other inputs", async () => {
    await refused([...both(), "--build-arg", "A=1"], "LAYOUT_OF_OTHER_INPUTS");
  });

  it("is none", async () => {
    const { exit, stderr } = await call(ReleaseCommand, ["1.0.0", "--layout", at("nowhere")]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^LAYOUT_INVALID {2}.*nowhere is not an OCI layout/);
    expect(stderr).toContain("slipway build --output DIR");
    expect(stderr).not.toContain("rm -r");
  });

  it("was tampered with: nothing is tagged", async () => {
    const { blobs } = await runnerLayout(made, "linux/arm64", at("arm64"));
    const [largest] = [...blobs].sort(([, a], [, b]) => b.length - a.length);
    const [digest = "", bytes = Buffer.alloc(0)] = largest ?? [];
    const path = join(at("arm64"), "blobs", ...digest.split(":"));
    writeFileSync(path, Buffer.from(bytes.map((byte) => byte ^ 1)));
    const { exit, stderr } = await call(ReleaseCommand, ["1.0.0", ...both(), "-q"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^CONTENT_CORRUPT/);
    expect(Object.values(await registryState(local))).toEqual([{}]);
  });
});

describe("a saved plan with layouts", () => {
  const save = () => call(PlanCommand, ["1.0.0", ...both(), "--out", at("plan.json")]);

  it("is applied where the layouts lie, and again", async () => {
    expect((await save()).exit).toBe(0);
    expect((await call(ReleaseCommand, ["--plan", at("plan.json")])).exit).toBe(0);
    expect((await call(ReleaseCommand, ["--plan", at("plan.json")])).exit).toBe(0);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("is applied elsewhere, when it is told where they lie there", async () => {
    await save();
    for (const name of ["amd64", "arm64"]) {
      cpSync(at(name), at(`moved-${name}`), { recursive: true });
      rmSync(at(name), { recursive: true });
    }
    const moved = ["--layout", at("moved-arm64"), "--layout", at("moved-amd64")];
    const { exit, stderr } = await call(ReleaseCommand, ["--plan", at("plan.json"), ...moved]);
    expect(exit, stderr).toBe(0);
  });

  it("is stale when a layout is another one, before anything is touched", async () => {
    await save();
    await runnerLayout(made, "linux/arm64", at("arm64"), { seed: "another" });
    for (const more of [[], both()]) {
      const { exit, stderr } = await call(ReleaseCommand, ["--plan", at("plan.json"), ...more]);
      expect(exit).toBe(3);
      expect(stderr).toMatch(/PLAN_STALE .*the layout sha256:\w+ \(linux\/arm64\)/);
    }
    expect(await registryState(local)).toEqual({});
  });

  it("takes no layouts when it was made without them", async () => {
    await call(PlanCommand, ["1.0.0", "--out", at("plain.json")]);
    const { exit, stderr } = await call(ReleaseCommand, ["--plan", at("plain.json"), ...both()]);
    expect(exit).toBe(2);
    expect(stderr).toContain("made without layouts");
  });
});
