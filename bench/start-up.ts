import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { makeBuiltProject } from "./layout.ts";
import { startEcr } from "./local-ecr.ts";
import { type Contestant, interleave, warmUp } from "./measure.ts";
import { type Benchmark, type Place, slipway } from "./place.ts";
import { run } from "./process.ts";
import { compared, type Report } from "./report.ts";

const rounds = 15;
const coldRounds = 7;

export const startUp: Benchmark = {
  name: "start-up",
  title: "Start-up: a process from its start to its end",
  run: measureStartUp,
};

async function measureStartUp({ folder, signal }: Place): Promise<Report> {
  await using ecr = await startEcr();
  await ecr.createRepository("bench");
  const cwd = join(folder, "project");
  mkdirSync(cwd);
  const env = {
    ...ecr.env,
    SLIPWAY_CACHE_DIR: join(folder, "cache"),
    NODE_COMPILE_CACHE: join(folder, "warm"),
  };
  await makeBuiltProject({ cwd, env, signal }, { layers: 1, layerBytes: 1000, floating: [] });
  const measured = (what: string, argv: readonly string[], cold = false): Contestant => ({
    what,
    async run() {
      const fresh = cold && { NODE_COMPILE_CACHE: mkdtempSync(join(folder, "cold-")) };
      return (await run(argv, { cwd, env: { ...env, ...fresh }, signal })).milliseconds;
    },
  });
  const node = measured("node -e 0", [process.execPath, "-e", "0"]);
  const commands = [["--version"], ["--help"], ["plan", "1.0.0"]] as const;
  const of = (cold: boolean) =>
    commands.map((command) =>
      measured(
        `slipway ${command.join(" ")}${cold ? ", cold" : ""}`,
        [...slipway, ...command],
        cold,
      ),
    );
  const all = [node, ...of(false)];
  await warmUp(all);
  const [bare = nothing, ...warm] = await interleave(rounds, all);
  const [bareAgain = nothing, ...cold] = await interleave(coldRounds, [node, ...of(true)]);
  const goals = [3, 3.5, 8];
  return {
    findings: [
      { ...bare, unit: "ms" },
      ...warm.map((samples, at) => compared(samples, bare, goals[at])),
      ...cold.map((samples) => compared(samples, bareAgain)),
    ],
    notes: [
      "cold: an empty compile cache, as npx finds it in CI; the plan asks a local ECR and git, and has its build already",
    ],
    gaps: [],
  };
}

const nothing = { what: "", values: [] };
