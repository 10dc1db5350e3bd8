import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { call } from "../scripts/call.ts";
import { Refusal, start } from "../scripts/say.ts";
import { gated } from "./gated.ts";
import { gates } from "./gates.ts";
import { lifecycle } from "./lifecycle.ts";
import { lint } from "./lint.ts";
import { local } from "./local.ts";
import { memory } from "./memory.ts";
import type { Benchmark } from "./place.ts";
import { promotion } from "./promotion.ts";
import { release } from "./release.ts";
import { type Report, reportLines } from "./report.ts";
import { requests } from "./requests.ts";
import { rerun } from "./rerun.ts";
import { startUp } from "./start-up.ts";
import { targets } from "./targets.ts";

const benchmarks: readonly Benchmark[] = [
  startUp,
  requests,
  release,
  rerun,
  memory,
  gates,
  gated,
  targets,
  promotion,
  lifecycle,
  lint,
  local,
];

/** Runs the benchmarks that are named, or all, and prints what they find. */
async function bench(signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "string" } },
  });
  const [before = 0] = loadavg();
  const reports: (Report & Pick<Benchmark, "name" | "title">)[] = [];
  for (const { name, title, run } of chosen(positionals)) {
    console.log(`\n# ${title}\n`);
    const report = await inFolder((folder) => measure(() => run({ folder, signal })));
    signal.throwIfAborted();
    for (const line of reportLines(report)) console.log(line);
    reports.push({ name, title, ...report });
  }
  const machine = machineFacts(before);
  console.log(`\nmedian (least–most) of runs that take turns; ratios are of medians\n${machine}`);
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, reports }, null, 2)}\n`);
  }
  if (reports.some(({ gaps }) => gaps.length > 0)) process.exitCode = 1;
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  const all = benchmarks.map(({ name }) => name);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(`there is no benchmark '${unknown}'; there are: ${all.join(", ")}`);
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
}

/** A benchmark that cannot go on leaves a gap, and the others go on. */
async function measure(run: () => Promise<Report>): Promise<Report> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { findings: [], notes: [], gaps: [error.message] };
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function machineFacts(loadBefore: number): string {
  const [cpu] = cpus();
  const [loadAfter = 0] = loadavg();
  const docker = call("docker", ["version", "--format", "{{.Client.Version}}/{{.Server.Version}}"]);
  const buildx = call("docker", ["buildx", "version"]);
  return [
    `${cpus().length} cores of ${cpu?.model ?? "an unknown kind"}, load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after`,
    `Node ${process.versions.node}`,
    docker.ok ? `docker ${docker.stdout.trim()}` : "no docker engine",
    buildx.ok ? `buildx ${buildx.stdout.trim().split(/\s+/)[1]}` : "no buildx",
  ].join(" · ");
}

await start(async () => {
  const stopping = new AbortController();
  process.once("SIGINT", () => {
    process.exitCode = 130;
    stopping.abort();
  });
  try {
    await bench(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    console.error("\nstopped; what was made is removed");
  }
});
