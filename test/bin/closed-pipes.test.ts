import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";

let binary: Binary;
let local: Rehearsal;
let made: Project;

beforeAll(async () => {
  binary = builtBinary();
  local = await rehearsal();
  made = project({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n",
  });
  await prepareLayout(made, local);
}, 60_000);
afterAll(async () => {
  binary?.[Symbol.dispose]();
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

/** Runs the program with nobody at the other end of these streams; what the other one said. */
async function withoutReader(args: string[], gone: readonly ("stdout" | "stderr")[]) {
  const child = spawn(process.execPath, [binary.file, ...args], {
    cwd: made.dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const name of ["stdout", "stderr"] as const) {
    if (gone.includes(name)) child[name].destroy();
    else child[name].on("data", (chunk) => (said += chunk));
  }
  const exit = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { exit, said };
}

it("slipway plan | true ends as the plan does, without a word", async () => {
  expect(await withoutReader(["plan", "1.0.0"], ["stdout"])).toEqual({ exit: 0, said: "" });
  expect(await withoutReader(["plan"], ["stdout"])).toEqual({ exit: 3, said: "" });
});

it("slipway release 2>&1 | true releases all the same", async () => {
  const { exit } = await withoutReader(["release", "1.0.0"], ["stdout", "stderr"]);
  expect(exit).toBe(0);
  const [tags = {}] = Object.values(await registryState(local));
  expect(Object.keys(tags)).toEqual(expect.arrayContaining(["1.0.0", "1.0", "1", "latest"]));
});

it("an error that nobody reads keeps its exit status", async () => {
  const { exit } = await withoutReader(["plan", "--nonsense", "--json"], ["stdout", "stderr"]);
  expect(exit).toBe(2);
});
