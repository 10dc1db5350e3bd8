import { type Asking, ask } from "../../docker/engine.ts";
import { isRunning } from "../../run.ts";
import { processSpace } from "../../scratch.ts";
import { imageName, isLeft, label, parseRunId } from "./run-id.ts";

type Env = Pick<Asking, "env">;

/** Removes everything of a run: containers with their anonymous volumes, networks, the loaded image. Never throws. */
export async function clearUp(run: string, { env }: Env): Promise<void> {
  const asking = env === undefined ? {} : { env };
  const containers = await listOf(["ps", "--all", "--quiet", ...mine(run)], asking);
  if (containers.length > 0) {
    await quietly(["rm", "--force", "--volumes", ...containers], asking);
  }
  const networks = await listOf(["network", "ls", "--quiet", ...mine(run)], asking);
  if (networks.length > 0) await quietly(["network", "rm", ...networks], asking);
  await quietly(["image", "rm", `${imageName}:${run}`], asking);
}

function mine(run: string): readonly string[] {
  return ["--filter", `label=${label}=${run}`];
}

/** Removes what runs left behind that were killed; whoever may not clear up goes on. */
export async function sweep(asking: Asking): Promise<void> {
  const value = `{{.Label "${label}"}}`;
  const found = await Promise.all([
    listOf(["ps", "--all", "--filter", `label=${label}`, "--format", value], asking),
    listOf(["network", "ls", "--filter", `label=${label}`, "--format", value], asking),
    listOf(["image", "ls", "--format", "{{.Tag}}", imageName], asking),
  ]);
  const space = processSpace();
  const left = [...new Set(found.flat())].filter((text) => {
    const id = parseRunId(text);
    return id !== undefined && isLeft(id, Date.now(), space, isRunning);
  });
  for (const run of left) await clearUp(run, asking);
}

async function listOf(args: readonly string[], asking: Asking): Promise<string[]> {
  const answer = await ask(args, asking).catch(() => undefined);
  return (answer?.stdout ?? "").split("\n").filter((line) => line !== "");
}

async function quietly(args: readonly string[], asking: Asking): Promise<void> {
  await ask(args, asking).catch(() => undefined);
}
