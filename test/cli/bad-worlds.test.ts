import { describe, expect, it } from "vitest";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";
import { awsWorlds } from "./worlds/aws.ts";
import { inputWorlds } from "./worlds/input.ts";
import { toolWorlds } from "./worlds/tools.ts";
import { type BadWorld, goodFiles } from "./worlds/world.ts";

const commands: Readonly<Record<string, typeof ReleaseCommand>> = {
  release: ReleaseCommand,
  plan: PlanCommand as unknown as typeof ReleaseCommand,
};

/** Nobody waits longer than this to learn that something is not there. */
const patienceMs = 15_000;

async function meet({ files, make, built, args = ["release", "1.0.0"] }: BadWorld) {
  await using local = await rehearsal();
  using made = project({ ...goodFiles, ...files });
  if (built) await prepareLayout(made, local, { layers: [20_000] });
  const world = (await make?.({ made, local })) ?? {};
  const home = { HOME: made.dir, AWS_CONFIG_FILE: "none", AWS_SHARED_CREDENTIALS_FILE: "none" };
  const [name = "", ...rest] = args;
  const command = commands[name] ?? ReleaseCommand;
  const began = Date.now(); // performance.now() runs in a rehearsal
  const run = await runCommand(command, rest, { cwd: made.dir, env: { ...home, ...world.env } });
  const ms = Date.now() - began;
  await world.undo?.();
  const tags = Object.values(await registryState(local)).flatMap(Object.keys);
  return { ...run, ms, tags, said: `${run.stdout}${run.stderr}` };
}

describe.each([
  ["docker and git", toolWorlds],
  ["AWS", awsWorlds],
  ["input", inputWorlds],
])("a world with bad %s", (_, worlds) => {
  it.each(worlds)("$name", { timeout: 2 * patienceMs }, async (world) => {
    const { said, exit, ms, tags } = await meet(world);
    for (const words of world.says) {
      if (typeof words === "string") expect(said).toContain(words);
      else expect(said).toMatch(words);
    }
    expect(said).toMatch(new RegExp(`^ *${world.code} `, "m"));
    expect(exit).toBe(world.exit);
    expect(said).toMatch(/^ +try {2}\S/m);
    expect(said).not.toMatch(/^ +at .*:\d+/m);
    expect(tags).toEqual([]);
    expect(ms).toBeLessThan(patienceMs);
  });
});
