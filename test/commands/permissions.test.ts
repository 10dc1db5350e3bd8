import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PutSigningConfigurationCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import InspectCommand from "../../commands/inspect.ts";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecycleExplainCommand from "../../commands/lifecycle/explain.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import LoginCommand from "../../commands/login.ts";
import PlanCommand from "../../commands/plan.ts";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import RollbackCommand from "../../commands/rollback.ts";
import VerifyCommand from "../../commands/verify.ts";
import { actionOf, registryActionsOf } from "../../src/local/access.ts";
import type { RequestLogEntry } from "../../src/local/server.ts";
import { ecrClient } from "../local/registry.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/permissions.md"), "utf8");

/** The sections of the page that are about a command: their policy's actions, and those that are explained. */
const sections = new Map(
  page.split(/^(?=## )/m).flatMap((section) => {
    const command = /^## .*`slipway ([^`]+)`/.exec(section)?.[1];
    return command === undefined ? [] : [[command, readSection(section)] as const];
  }),
);

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

function readSection(section: string) {
  const [, json = "{}"] = /```json\n([\s\S]*?)```/.exec(section) ?? [];
  const { Statement = [] }: { Statement?: readonly Statement[] } = JSON.parse(json);
  const explained = [...section.matchAll(/^\| `((?:ecr|kms|sts):\w+)` +\|/gm)].map(
    ([, name]) => name,
  );
  return { statements: Statement, actions: Statement.flatMap(({ Action }) => Action), explained };
}

/** Creating with resource tags is creating and tagging to IAM; the log shows the call alone. */
const implied: Readonly<Record<string, readonly string[]>> = { CreateRepository: ["TagResource"] };

function actionsOf({ operation, method, path }: RequestLogEntry): readonly string[] {
  if (operation !== undefined) return [actionOf(operation), ...(implied[operation] ?? [])];
  return path.startsWith("/v2/") ? registryActionsOf(method, path) : [];
}

const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 5 },
      action: { type: "expire" },
    },
  ],
});
const config = `image: team/app
targets: [us-east-1]
repository: { create: true, resourceTags: { team: ships } }
lifecycle: lifecycle.json
gates: { scan: { with: ecr }, signature: { managed: true } }
`;

let local: Rehearsal;
let made: Project;
const used = new Map<string, Set<string>>();

type Runnable = Parameters<typeof runCommand>[0];

async function run(name: string, command: unknown, ...args: string[]): Promise<void> {
  local.requests.length = 0;
  const env = { DOCKER_CONFIG: made.dir };
  const { exit, stderr } = await runCommand(command as Runnable, args, { cwd: made.dir, env });
  // A verdict (3) is an answer too: what was asked for it counts here.
  expect(exit === 0 || exit === 3 ? "" : `${name} ${args.join(" ")}: ${stderr}`).toBe("");
  const actions = used.get(name) ?? new Set();
  for (const entry of local.requests) for (const action of actionsOf(entry)) actions.add(action);
  used.set(name, actions);
}

/** Every way that a command can take to the registries, as far as it has a way of its own. */
beforeAll(async () => {
  local = await rehearsal();
  made = project({
    Dockerfile: "FROM scratch\n",
    "lifecycle.json": lifecycle,
    "slipway.yaml": config,
  });
  await prepareLayout(made, local);
  for (const region of ["us-east-1", "eu-west-1"]) {
    const signingProfileArn = `arn:aws:signer:${region}:123456789012:/signing-profiles/releases`;
    const signingConfiguration = { rules: [{ signingProfileArn }] };
    const client = ecrClient(local.ecr, { region });
    await client.send(new PutSigningConfigurationCommand({ signingConfiguration }));
  }
  await run("plan", PlanCommand, "1.0.0");
  await run("release", ReleaseCommand, "1.0.0");
  await run("plan", PlanCommand, "1.0.0");
  await run("release", ReleaseCommand, "1.0.0");
  await run("promote", PromoteCommand, "1.0.0", "--to", "ap-south-1", "--tag", "1.0.0");
  await run("release", ReleaseCommand, "2.0.0");
  rmSync(join(local.cacheDir, "layouts"), { recursive: true });
  await run("release", ReleaseCommand, "2.0.0", "--region", "us-east-1", "--region", "eu-west-1");
  await run("verify", VerifyCommand, "2.0.0");
  await run("inspect", InspectCommand, "2.0.0", "--against", "1.0.0");
  await run("promote", PromoteCommand, "2.0.0", "--to", "ap-south-1");
  made.commit({ "note.txt": "another image" });
  await prepareLayout(made, local, { seed: "one to go back from" });
  await run("release", ReleaseCommand, "2.0.1");
  await run("rollback", RollbackCommand, "latest");
  await run("login", LoginCommand, "--print");
  await run("lifecycle verify", LifecycleVerifyCommand);
  await run("lifecycle plan", LifecycleExplainCommand, "2.0.0");
  await run("lifecycle plan", LifecycleSimulateCommand);
  made.commit({ "lifecycle.json": lifecycle.replace("5", "7") });
  await run("lifecycle plan", LifecyclePlanCommand, "--preview");
  await run("lifecycle apply", LifecycleApplyCommand);
  await run("lifecycle apply", LifecycleApplyCommand, "--remove");
}, 60_000);
afterAll(async () => {
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

const commands = [
  ...["plan", "release", "verify", "inspect", "promote", "rollback", "login"],
  ...["lifecycle plan", "lifecycle apply", "lifecycle verify"],
];

describe.each(commands)("the policy for slipway %s", (name) => {
  const section = () => sections.get(name) ?? expect.fail(`no section for ${name}`);
  const documented = () => section().actions.filter((action) => action.startsWith("ecr:"));

  test("allows what the command does, and nothing else", () => {
    const done = [...(used.get(name) ?? [])].map((action) => `ecr:${action}`);
    expect(done.length).toBeGreaterThan(0);
    expect([...documented()].sort()).toEqual(done.sort());
  });

  test("says of each action why", () => {
    expect([...section().explained].sort()).toEqual([...section().actions].sort());
  });

  test("gives the token on everything and the rest on one repository", () => {
    for (const { Effect, Action, Resource } of section().statements) {
      expect(Effect).toBe("Allow");
      const isToken = [Action].flat().includes("ecr:GetAuthorizationToken");
      expect(isToken ? Resource : Resource.includes(":repository/")).toBe(isToken ? "*" : true);
    }
  });
});

/** The actions of a section's statements with these names. */
function named(command: string, sids: readonly string[]): string[] {
  const statements = sections.get(command)?.statements ?? [];
  return statements
    .filter(({ Sid }) => sids.includes(Sid))
    .flatMap(({ Action }) => Action)
    .sort();
}

test("a release into a repository that exists needs the first three statements alone", async () => {
  const plain = "image: team/app\ntargets: [us-east-1]\n";
  made.commit({ "slipway.yaml": plain, "note.txt": "another commit" });
  await prepareLayout(made, local, { seed: "another image" });
  used.delete("plain release");
  await run("plain release", ReleaseCommand, "2.1.0");
  const done = [...(used.get("plain release") ?? [])].map((action) => `ecr:${action}`).sort();
  expect(done).toEqual(named("release", ["Token", "Look", "Publish"]));
});

test("a repository policy for another account allows what its releases do there", () => {
  const [, section = ""] = page.split("## Another account's registry");
  const [, , policy = "{}"] = section.split("```json\n").map((part) => part.split("```")[0]);
  const [{ Action }] = JSON.parse(policy).Statement;
  const wanted = ["Look", "Publish", "CopyFromAnotherTarget", "Lifecycle"];
  expect([...Action].sort()).toEqual(named("release", wanted));
});

test("every block of JSON on the page is JSON", () => {
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = ""]) => json);
  expect(blocks.length).toBeGreaterThan(commands.length);
  for (const block of blocks) expect(() => JSON.parse(block)).not.toThrow();
});
