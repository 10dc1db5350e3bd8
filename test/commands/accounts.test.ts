import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { type LocalEcr, type RequestLogEntry, startLocalEcr } from "../../src/local/server.ts";
import { wrongAccount } from "../../src/release/accounts.ts";
import type { Plan } from "../../src/release/plan.ts";
import { runCommand } from "../support/command.ts";
import { type Project, project } from "../support/project.ts";

const home = "123456789012";
const away = "098765432109";
const user = `arn:aws:iam::${home}:user/local`;
const role = `arn:aws:iam::${away}:role/release`;
const config = (target: string) => `image: team/app
targets: ${target}
repository: { create: true }
`;

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 5 },
      action: { type: "expire" },
    },
  ],
});

let ecr: LocalEcr;
let made: Project;
let scratch: string;
const requests: RequestLogEntry[] = [];

async function start(target: string, deny: readonly string[] = []): Promise<void> {
  ecr = await startLocalEcr({ deny, onRequest: (entry) => requests.push(entry) });
  made = project({ Dockerfile: "FROM scratch\n", "slipway.yaml": config(target) });
}
beforeEach(() => {
  requests.length = 0;
  scratch = mkdtempSync(join(tmpdir(), "slipway-accounts-"));
});
afterEach(async () => {
  made[Symbol.dispose]();
  rmSync(scratch, { recursive: true });
  await ecr.close();
});

const options = () => ({ cwd: made.dir, env: { ...ecr.env, SLIPWAY_CACHE_DIR: scratch } });
const problemsOf = (plan: unknown) =>
  (plan as Plan).problems.filter(({ code }) => code === "WRONG_ACCOUNT");

async function plan(...args: string[]) {
  const { value, exit } = await runCommand(PlanCommand, ["1.0.0", ...args], options());
  return { problems: problemsOf(value), exit, steps: (value as Plan).steps };
}

describe("--expect-account", () => {
  test("lets the expected one through", async () => {
    await start("us-east-1");
    expect((await plan("--expect-account", home)).problems).toEqual([]);
    expect((await plan("--expect-account", away, "--expect-account", home)).problems).toEqual([]);
  });

  test("names the account and the caller, and looks at nothing of a wrong one", async () => {
    await start("us-east-1");
    const { problems, exit, steps } = await plan("--expect-account", away);
    expect(problems).toEqual([
      {
        code: "WRONG_ACCOUNT",
        target: `${home}/us-east-1`,
        message: `the caller belongs to account ${home}, and not to ${away}; the caller is ${user}`,
        remedy: expect.stringContaining(`--expect-account ${home}`),
      },
    ]);
    expect(exit).toBe(3);
    expect(steps).toEqual([]);
    expect(requests.flatMap(({ operation }) => operation ?? [])).toEqual([]);
  });

  test("of a caller is not enough for the registry of another account", async () => {
    await start(`{ region: us-east-1, account: "${away}" }`);
    expect((await plan()).problems).toEqual([]);
    const { problems } = await plan("--expect-account", home);
    expect(problems).toMatchObject([
      { message: expect.stringMatching(`^the registry belongs to account ${away}`) },
    ]);
    expect((await plan("--expect-account", home, "--expect-account", away)).problems).toEqual([]);
  });

  test("is about who a role makes of the caller", async () => {
    await start(`{ region: us-east-1, role: "${role}" }`);
    expect((await plan("--expect-account", away)).problems).toEqual([]);
    expect((await plan("--expect-account", home)).problems).toMatchObject([
      { message: expect.stringContaining(`arn:aws:sts::${away}:assumed-role/release/slipway`) },
    ]);
  });

  test("holds for verify", async () => {
    await start("us-east-1");
    const args = ["1.0.0", "--expect-account", away];
    const { value, exit } = await runCommand(VerifyCommand, args, options());
    expect(exit).toBe(3);
    expect(value?.targets[0]?.checks).toEqual([
      { name: "account", holds: false, found: expect.stringContaining(home) },
    ]);
  });

  test("holds for a saved plan, whatever credentials made it", async () => {
    await start("us-east-1");
    const file = join(scratch, "plan.json");
    await runCommand(PlanCommand, ["1.0.0", "--image", "other", "--out", file], options());
    const args = ["--plan", file, "--expect-account", away];
    const { value, exit } = await runCommand(ReleaseCommand, args, options());
    expect(exit).toBe(3);
    expect(problemsOf(value)).toHaveLength(1);
    expect(requests.some(({ operation }) => operation === "CreateRepository")).toBe(false);
  });

  test.each([
    [LifecyclePlanCommand, ["--policy", "policy.json"]],
    [LifecycleApplyCommand, ["--policy", "policy.json"]],
    [LifecycleVerifyCommand, ["--policy", "policy.json"]],
  ])("holds for lifecycle policies %#", async (command, args) => {
    await start("us-east-1");
    made.commit({ "policy.json": policy });
    const { exit, stderr } = await runCommand(
      command as typeof LifecyclePlanCommand,
      [...args, "--expect-account", away],
      options(),
    );
    expect(exit).toBe(3);
    expect(stderr).toContain("WRONG_ACCOUNT");
    expect(requests.flatMap(({ operation }) => operation ?? [])).toEqual([]);
  });

  test("must be an account", async () => {
    await start("us-east-1");
    const args = ["1.0.0", "--expect-account", "12"];
    const { exit, stderr } = await runCommand(PlanCommand, args, options());
    expect(exit).toBe(2);
    expect(stderr).toContain("--expect-account");
  });
});

describe("a registry of another account", () => {
  test("that refuses the caller is a problem with both accounts", async () => {
    await start(`{ region: us-east-1, account: "${away}" }`, ["DescribeImages"]);
    const { problems, exit } = await plan();
    expect(exit).toBe(3);
    expect(problems).toMatchObject([
      {
        target: `${away}/us-east-1`,
        message: expect.stringMatching(
          `the registry of ${away} does not let ${user} .*DescribeImages`,
        ),
        remedy: expect.stringContaining(home),
      },
    ]);
  });

  test("is no stranger to a caller of its own", async () => {
    await start(`{ region: us-east-1, account: "${home}" }`);
    expect((await plan()).problems).toEqual([]);
  });
});

test("without a word about accounts every caller may", () => {
  const caller = { account: home, arn: user };
  expect(wrongAccount({ region: "us-east-1" }, caller, [])).toBeUndefined();
});
