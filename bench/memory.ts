import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Receipt } from "../src/release/receipt.ts";
import { makeBuiltProject } from "./layout.ts";
import { startEcr } from "./local-ecr.ts";
import { type Benchmark, MB, type Place, preloaded, slipway } from "./place.ts";
import { run } from "./process.ts";
import type { Report } from "./report.ts";

const rounds = 2;
/** Layers of each of two platforms, and the bytes of all. */
const shapes = {
  small: { layers: 4, bytes: 100 * MB },
  large: { layers: 4, bytes: 1000 * MB },
  /** Close to what ECR takes: 4,200 in an image (service-quotas). */
  many: { layers: 2000, bytes: 40 * MB },
};

type Shape = (typeof shapes)[keyof typeof shapes];

export const memory: Benchmark = {
  name: "memory",
  title: "Publishing 1 GB from a layout on disk: peak of resident memory, and speed",
  run: measureMemory,
};

interface Published {
  /** MB of resident memory at the most. */
  readonly peak: number;
  /** MB a second while copying. */
  readonly speed: number;
}

async function measureMemory(place: Place): Promise<Report> {
  const measures: Record<keyof typeof shapes, Published>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    measures.push({
      small: await publish(place, shapes.small),
      large: await publish(place, shapes.large),
      many: await publish(place, shapes.many),
    });
  }
  const peaks = (size: keyof typeof shapes) => measures.map((one) => one[size].peak);
  return {
    findings: [
      { what: "peak, 100 MB", values: peaks("small"), unit: "MB" },
      { what: "peak, 1 GB", values: peaks("large"), unit: "MB", goal: 200 },
      { what: "peak, 4,000 layers of 10 kB", values: peaks("many"), unit: "MB", goal: 200 },
      { what: "copy, 1 GB", values: measures.map((one) => one.large.speed), unit: "MB/s" },
    ],
    notes: [
      `otherwise ${shapes.large.layers} layers for each of two platforms; the local ECR, which hashes and keeps everything, runs beside it`,
    ],
    gaps: [],
  };
}

/** One release, image built beforehand, into an empty ECR; everything is removed again. */
async function publish({ folder, signal }: Place, { layers, bytes }: Shape): Promise<Published> {
  await using ecr = await startEcr();
  await ecr.createRepository("bench");
  const cwd = join(folder, `project-${bytes}`);
  const cache = join(folder, `cache-${bytes}`);
  mkdirSync(cwd);
  const peakFile = join(folder, "peak");
  const env = { ...ecr.env, SLIPWAY_CACHE_DIR: cache, BENCH_PEAK_FILE: peakFile };
  try {
    const layerBytes = Math.round(bytes / (2 * layers));
    await makeBuiltProject({ cwd, env, signal }, { layers, layerBytes, floating: ["latest"] });
    const [node, ...program] = slipway;
    const preload = preloaded("peak.js");
    const argv = [node, ...preload, ...program, "release", "1.0.0", "--json", "--quiet"];
    const { stdout } = await run(argv, { cwd, env, signal });
    return {
      peak: (Number(readFileSync(peakFile, "utf8")) * 1024) / MB,
      speed: bytes / MB / (copyMilliseconds(JSON.parse(stdout)) / 1000),
    };
  } finally {
    for (const made of [cwd, cache]) rmSync(made, { recursive: true, force: true });
  }
}

function copyMilliseconds({ steps }: Receipt): number {
  return steps.find(({ step }) => step.action === "copy")?.ms ?? Number.NaN;
}
