import { describe, expect, it } from "vitest";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { openWorld } from "../../src/cli/world.ts";
import { applyRollback } from "../../src/rollback/apply.ts";
import { observeRollback } from "../../src/rollback/observe.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { prepareLayout } from "../support/prepared.ts";
import {
  account,
  loadedRequest,
  releaseNew,
  rollback,
  run,
  stageRollbacks,
  versionAt,
  versionOf,
} from "./stage.ts";

const { local, made } = stageRollbacks();
const { signal } = new AbortController();

describe("a rollback", () => {
  it("a second time in a row finds it done and says how to go elsewhere; its undoing wants --to", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    await rollback("latest");
    const { exit, text, value } = await rollback("latest");
    expect(exit, text).toBe(0);
    expect(value.targets.map(({ state }) => state)).toEqual(["already", "already"]);
    expect(value.notes.map(({ code }) => code)).toEqual(["ROLLED_BACK_ALREADY"]);
    expect(text).toContain("to one of 1.5.0, 1.3.0: slipway rollback latest --to VERSION");
    expect((await rollback("latest", "--dry-run")).text).toContain("Nothing to do");
    expect(await versionOf("latest")).toBe("1.4.0");
    expect((await rollback("latest", "--to", "1.5.0")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.5.0");
    const nothing = await rollback("latest", "--to", "1.5.0");
    expect([nothing.exit, nothing.value.targets[0]?.state]).toEqual([0, "already"]);
    expect(nothing.value.notes).toEqual([]);
  });

  it("that one target refused says where the tag is now, and is finished by the command that it names", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    const refused = { fault: "error", code: "KmsException", operation: "PutImage" } as const;
    local().ecr.setFaults({ rules: [{ ...refused, registry: "123456789012/us-east-1" }] });
    const { exit, stderr } = await rollback("latest", "--to=1.3.0", "--expect-account", account);
    expect(exit).toBe(1);
    expect(stderr).toContain("the rollback of latest ended well at 1 of 2 targets");
    expect(stderr).toMatch(/^ {2}123456789012\/eu-west-1: moved to 1\.3\.0$/m);
    expect(stderr).toMatch(/^ {2}123456789012\/us-east-1: .*KmsException/m);
    const finish = `slipway rollback latest --to=1.3.0 --expect-account ${account}`;
    expect(stderr).toContain(`try  do what is left, and nothing else: ${finish}\n`);
    local().ecr.setFaults(undefined);
    expect([
      await versionAt("eu-west-1", "latest"),
      await versionAt("us-east-1", "latest"),
    ]).toEqual(["1.3.0", "1.5.0"]);
    for (const version of ["1.3.0", "1.5.0"]) {
      const { exit, stdout } = await run(VerifyCommand, version);
      expect(exit, stdout).toBe(3);
      expect(stdout).toContain("slipway rollback latest --to 1.3.0 --image");
    }
    // Without --to too the rest follows the rollback that was begun, and not the receipts.
    const finished = await rollback("latest");
    expect(finished.exit, finished.text).toBe(0);
    expect(finished.value.targets.map(({ state }) => state)).toEqual(["already", "moved"]);
    expect(await versionOf("latest")).toBe("1.3.0");
  });

  it("that ended at one target is finished at the other", async () => {
    await releaseNew("1.4.0", "1.5.0");
    expect((await rollback("latest", "--region", "us-east-1")).exit).toBe(0);
    expect(await versionAt("eu-west-1", "latest")).toBe("1.5.0");
    const { exit, value } = await rollback("latest");
    expect(exit).toBe(0);
    expect(value.targets.map(({ state }) => state).sort()).toEqual(["already", "moved"]);
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("waits for a registry that still shows where the tag was", async () => {
    await releaseNew("1.4.0", "1.5.0");
    local().ecr.setFaults({ rules: [{ fault: "lag", reads: 2 }] });
    const { exit, stderr, value } = await rollback("latest");
    expect(exit, stderr).toBe(0);
    expect(value.targets.map(({ state }) => state)).toEqual(["moved", "moved"]);
    local().ecr.setFaults(undefined);
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("moves nothing anywhere when the tag has moved at one target since it was planned", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const request = await loadedRequest();
    const world = openWorld({ projectDir: made().dir, env: process.env, signal, report: () => {} });
    const asked = { tag: "latest", receipts: [] };
    const plan = planRollback(asked, request, await observeRollback(asked, request, world));
    await rollback("latest", "--to", "1.4.0", "--region", "eu-west-1");
    await releaseNew("1.6.0");
    await expect(applyRollback(plan, world)).rejects.toMatchObject({ code: "PLAN_STALE" });
    expect(await versionOf("latest")).toBe("1.6.0");
  });

  it("holds the tag also where the bad version had not come, against the run that brings it there", async () => {
    await releaseNew("1.4.0");
    const commit = made().commit({ "version.txt": "1.5.0" });
    await prepareLayout(made(), local());
    const only = ["--only-target", `${account}/us-east-1`];
    expect((await run(ReleaseCommand, "1.5.0", ...only)).exit).toBe(0);
    const { exit, value, text } = await rollback("latest", "--to", "1.4.0");
    expect(exit, text).toBe(0);
    expect(value.targets.map(({ state, record }) => [state, record?.state])).toEqual([
      ["already", "attached"],
      ["moved", "attached"],
    ]);
    made().git("checkout", "--quiet", commit);
    expect((await run(ReleaseCommand, "1.5.0")).exit).toBe(0);
    expect(await versionOf("1")).toBe("1.5.0");
    expect(await versionOf("latest")).toBe("1.4.0");
    expect((await run(VerifyCommand, "1.5.0")).exit).toBe(0);
    const again = await rollback("latest");
    expect(again.value.targets.map(({ record }) => record)).toEqual([undefined, undefined]);
    expect(again.value.notes.map(({ code }) => code)).toEqual(["ROLLED_BACK_ALREADY"]);
  });

  it("holds the tag against a plan that was saved before it, where the tag is as it was then", async () => {
    await releaseNew("1.4.0");
    made().commit({ "version.txt": "1.5.0", ".gitignore": "plan.json\n" });
    await prepareLayout(made(), local());
    expect((await run(PlanCommand, "1.5.0", "--out", "plan.json")).exit).toBe(0);
    expect((await run(ReleaseCommand, "--plan", "plan.json")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.5.0");
    expect((await rollback("latest")).exit).toBe(0);
    const { exit, stdout, stderr } = await run(ReleaseCommand, "--plan", "plan.json");
    expect(exit, stderr).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("it was rolled back since the plan was made");
    expect(await versionOf("latest")).toBe("1.4.0");
    expect(await versionOf("1")).toBe("1.5.0");
  });
});
