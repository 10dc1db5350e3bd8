import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import { layoutStore } from "../../src/oci/layout-store.ts";
import { observe } from "../../src/release/observe.ts";
import type { Plan } from "../../src/release/plan.ts";
import { inputsAnnotation } from "../../src/release/planning/identity.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import type { World } from "../../src/release/world.ts";
import { apply } from "../support/apply.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { prepare, type Rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";
import { registryState } from "../support/state.ts";

const first = "098765432109/eu-central-1";
const second = "123456789012/us-east-1";
const config = `image: team/app
targets:
  - us-east-1
  - { region: eu-central-1, account: "098765432109", role: "arn:aws:iam::098765432109:role/release" }
repository: { create: true }
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
  await prepareLayout(made, local);
});

const call = (...args: string[]) => runCommand(ReleaseCommand, args, { cwd: made.dir });
const down = (registry: string) =>
  local.ecr.setFaults({ rules: [{ registry, fault: "error", code: "KmsException", status: 400 }] });
const tagsAt = async (id: string) =>
  Object.keys((await registryState(local))[`${id}/team/app`] ?? {});
const codesOf = (plan: Plan) => plan.notes.map(({ code }) => code);

describe("--only-target", () => {
  it("is what the error of one target among several proposes, once its upload failed, and of one alone does not", async () => {
    const path = "/v2/team/app/blobs/uploads/";
    local.ecr.setFaults({
      rules: [
        { registry: first, method: "POST", path, fault: "error", code: "DENIED", status: 403 },
      ],
    });
    const among = await call("1.0.0");
    expect(among.exit).toBe(1);
    expect(among.stderr).toContain("1 of 2 targets did not get the image");
    expect(among.stderr).toContain(
      `--only-target ${second} publishes there without waiting for the others`,
    );
    const alone = await call("1.0.0", "--only-target", first);
    expect(alone.exit).toBe(1);
    expect(alone.stderr).not.toContain("publishes there without waiting for the others");
  });

  it("is not proposed where no target got the image", async () => {
    const path = "/v2/team/app/blobs/uploads/";
    local.ecr.setFaults({
      rules: [{ method: "POST", path, fault: "error", code: "DENIED", status: 403 }],
    });
    const { stderr } = await call("1.0.0");
    expect(stderr).toContain("2 of 2 targets did not get the image");
    expect(stderr).not.toContain("--only-target");
  });

  it("finishes one target while another is down, and a later run the other", async () => {
    down(first);
    const stopped = await call("1.0.0");
    expect(stopped.exit).toBe(1);
    expect(stopped.stderr).toContain(`team/app in ${first}`);
    expect(stopped.stderr).toContain(
      `--only-target ${second} publishes there without waiting for the others`,
    );
    const { exit, stderr, value } = await call("1.0.0", "--only-target", second);
    expect(exit).toBe(0);
    expect((value as Receipt).targets.map(({ id }) => id)).toEqual([second]);
    expect(stderr).toContain(`${first} is left out`);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "could not be asked whether 1.0.0 is taken there",
    );
    local.ecr.setFaults(undefined);
    expect(await tagsAt(first)).toEqual([]);
    const { receipt } = await release(made, "1.0.0");
    expect(receipt.digest).toBe((value as Receipt).digest);
    expect(await tagsAt(first)).toEqual(await tagsAt(second));
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("is proposed for those that answer, once every other one has said why it does not", async () => {
    const targets = ["us-east-1", "eu-west-1", "ap-south-1"];
    made.commit({
      "slipway.yaml": config.replace("  - us-east-1\n", `  - ${targets.join("\n  - ")}\n`),
    });
    const fault = { fault: "error", code: "KmsException", status: 400 } as const;
    const rules = ["eu-west-1", "ap-south-1"].map((region) => ({
      ...{ registry: `123456789012/${region}`, ...fault },
    }));
    local.ecr.setFaults({ rules });
    const { exit, stderr } = await call("1.0.0");
    expect(exit).toBe(1);
    expect(stderr).toContain("2 of 4 targets do not answer");
    for (const region of ["eu-west-1", "ap-south-1"]) {
      expect(stderr).toContain(`on team/app in ${region}`);
      expect(stderr).not.toContain(`--only-target 123456789012/${region}`);
    }
    const said = stderr.replace(/\s+/g, " ");
    expect(said).toContain(
      `--only-target ${first} --only-target ${second} publishes there without waiting for the others`,
    );
  });

  it("takes the image from a target that is left out, where it is already", async () => {
    const one = await release(made, "1.0.0", { overrides: { onlyTargets: [first] } });
    rmSync(join(local.cacheDir, "layouts"), { recursive: true });
    const other = await release(made, "1.0.0", { overrides: { onlyTargets: [second] } });
    expect(other.plan.content).toMatchObject({ from: "registry", target: first });
    expect(other.receipt.digest).toBe(one.receipt.digest);
    expect(other.receipt.targets.map(({ id }) => id)).toEqual([second]);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("writes the claims at the first of the chosen ones, and nothing at the others", async () => {
    const { plan, events } = await release(made, "1.0.0", { overrides: { onlyTargets: [second] } });
    const [commit, version] = events.flatMap((event) =>
      event.type === "step-started" && event.step.action === "tag" ? [event.step] : [],
    );
    expect(commit).toMatchObject({ kind: "commit", target: second });
    expect(version).toMatchObject({ tag: "1.0.0", target: second });
    expect(codesOf(plan)).toContain("TARGET_LEFT_OUT");
    expect(codesOf(plan)).not.toContain("TARGET_UNREACHED");
    expect(Object.keys(await registryState(local))).toEqual([`${second}/team/app`]);
  });

  it("refuses a version that a target it leaves out has for something else", async () => {
    await release(made, "1.0.0", { overrides: { onlyTargets: [first] } });
    made.commit({ "more.txt": "more" });
    await prepareLayout(made, local, { seed: "more" });
    const before = await registryState(local);
    const { exit, value } = await call("1.0.0", "--only-target", second);
    expect(exit).toBe(3);
    expect(value).toMatchObject({ problems: [{ code: "TAG_TAKEN", target: first }] });
    expect(await registryState(local)).toEqual(before);
  });

  it.each([
    ["another commit", true, "VERSION_TAKEN"],
    ["the same inputs", false, "PLAN_STALE"],
  ])(
    "refuses a version that a job of %s released elsewhere meanwhile",
    async (_, isOther, code) => {
      const own = join(local.cacheDir, "own");
      renameSync(join(local.cacheDir, "layouts"), own);
      const change = (world: World) => ({ ...world, layouts: layoutStore(own, inputsAnnotation) });
      const options = { overrides: { onlyTargets: [first] }, change };
      const { request, world } = await prepare(made, "1.0.0", () => {}, options);
      const planned = planRelease(request, await observe(request, world));
      if (isOther) made.commit({ "more.txt": "more" });
      await prepareLayout(made, local, { seed: "of the other job" });
      await release(made, "1.0.0", { overrides: { onlyTargets: [second] } });
      const before = await registryState(local);
      await expect(apply(planned, world)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`${second}: tag 1.0.0 is now on`),
      });
      expect(Object.keys((await registryState(local))[`${first}/team/app`] ?? {})).toEqual([]);
      if (isOther) return;
      const { receipt } = await release(made, "1.0.0", { overrides: { onlyTargets: [first] } });
      expect(receipt.digest).toBe(before[`${second}/team/app`]?.["1.0.0"]);
      expect((await verify(made, "1.0.0")).holds).toBe(true);
    },
  );

  it("counts the versions of the targets it leaves out", async () => {
    await release(made, "1.4.0", { overrides: { onlyTargets: [first] } });
    const wish = { kind: "bump", bump: "minor" } as const;
    made.commit({ "more.txt": "more" });
    await prepareLayout(made, local, { seed: "more" });
    const overrides = { onlyTargets: [second], version: wish };
    const { plan } = await release(made, "", { overrides });
    expect(plan.version.value).toBe("1.5.0");
  });

  it("is not needed where a target fails amid the tags: the error names it, and running again finishes", async () => {
    const put = { registry: second, operation: "PutImage" } as const;
    local.ecr.setFaults({
      rules: [{ ...put, fault: "error", code: "KmsException", status: 400 }],
    });
    const stopped = await call("1.0.0");
    expect(stopped.exit).toBe(1);
    const said = stopped.stderr.replace(/\s+/g, " ");
    expect(said).toContain(`ecr:PutImage on team/app in ${second} failed`);
    expect(said).toContain("run the same command again: it writes the tags that are missing");
    local.ecr.setFaults(undefined);
    expect((await call("1.0.0")).exit).toBe(0);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("names the targets when the id is none of them", async () => {
    const { exit, stderr } = await call("1.0.0", "--only-target", "123456789012/mars-north-1");
    expect(exit).toBe(2);
    expect(stderr).toContain(`--only-target ${first}`);
    expect(stderr).toContain(`--only-target ${second}`);
    expect(await registryState(local)).toEqual({});
  });

  it("fails when the chosen target is down", async () => {
    down(second);
    const { exit } = await call("1.0.0", "--only-target", second);
    expect(exit).toBe(1);
  });
});
