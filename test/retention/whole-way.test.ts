import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecycleCheckCommand from "../../commands/lifecycle/check.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import { runCommand } from "../support/command.ts";
import { byCount, olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { type ClockedEcr, clockedEcr } from "./clocked-ecr.ts";

const where = ["--repository", "app", "--region", "us-east-1"];

/** 60 images: builds, releases for two platforms, untagged ones; answers with the release that runs. */
async function fill(ecr: ClockedEcr): Promise<string> {
  await ecr.create("app");
  for (let at = 0; at < 30; at += 1) await ecr.push("app", 60 - 2 * at, `dev-${at}`);
  for (let at = 0; at < 15; at += 1) await ecr.push("app", 56.5 - 4 * at);
  const releases = [];
  for (let at = 0; at < 5; at += 1) {
    const tags = at === 4 ? ["v1.4.0", "v1", "latest"] : [`v1.${at}.0`];
    releases.push(await ecr.pushIndex("app", 55 - 10 * at, ...tags));
  }
  return releases[1]?.index ?? "";
}

test("a policy is repaired, planned, guarded, put, and then watched doing what was said", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-lifecycle-way-"));
  await using ecr = await clockedEcr();
  const running = await fill(ecr);
  const before = await ecr.digests("app");
  expect(before.size).toBe(60);
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  write(
    "policy.json",
    JSON.stringify(policyOf(byCount(["dev-*", "v*"], 10), olderThan("any", 40))),
  );
  write("running.txt", `app@${running}\n`);
  const guarded = [...where, "--policy", "policy.json", "--in-use", "running.txt"];

  const checked = await runCommand(LifecycleCheckCommand, ["policy.json"], { cwd });
  expect(checked.value?.[0]?.findings.map(({ code }) => code)).toContain("and-list");
  expect(checked.stdout).toMatch(/"rulePriority":1.*"dev-\*".*\n.*"rulePriority":2.*"v\*"/);

  const refused = await runCommand(LifecycleApplyCommand, guarded, { cwd });
  expect(refused.exit).toBe(3);
  expect(refused.stdout).toContain("it is in use as app@sha256:");

  write(
    "policy.json",
    JSON.stringify(
      policyOf(byCount(["v*"], 10), byCount(["dev-*"], 20), olderThan("untagged", 45)),
    ),
  );
  const planned = await runCommand(LifecyclePlanCommand, [...guarded, "--preview"], { cwd });
  expect(planned.exit).toBe(0);
  const [repository] = planned.value?.repositories ?? [];
  expect(repository?.preview).toEqual({ state: "agrees", images: 17 });
  const applied = await runCommand(LifecycleApplyCommand, guarded, { cwd });
  expect(applied.value?.outcomes).toMatchObject([{ outcome: "put" }]);

  const ahead = ["--days", "30", "--push", "none"];
  const simulated = await runCommand(LifecycleSimulateCommand, [...where, ...ahead], { cwd });
  const named = simulated.value?.days.flatMap(({ departures }) => departures) ?? [];
  const first = simulated.value?.days[0]?.departures ?? [];
  const going = repository?.effect.changes.filter(({ after }) => after.fate === "expires") ?? [];
  expect(first.map(({ digest }) => digest)).toEqual(going.map(({ digest }) => digest));

  ecr.advance(30);
  const after = await ecr.digests("app");
  const expired = [...before].filter((digest) => !after.has(digest)).sort();
  expect(expired.length).toBeGreaterThan(first.length);
  expect(expired).toEqual(named.map(({ digest }) => digest).sort());
  expect(after).toContain(running);

  const verified = await runCommand(LifecycleVerifyCommand, guarded.slice(0, 6), { cwd });
  expect(verified.value?.repositories).toMatchObject([{ state: "same", evaluated: "recent" }]);
  expect(verified.exit).toBe(0);
  rmSync(cwd, { recursive: true, force: true });
}, 60_000);
