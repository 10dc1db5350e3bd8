import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { bySlipway, targetOf } from "./contenders.ts";
import { type Docker, useDocker } from "./docker.ts";
import { countKinds, kindsLine, startEcr } from "./local-ecr.ts";
import { interleave } from "./measure.ts";
import { type Benchmark, MB, type Place } from "./place.ts";
import { makeProject, type Project } from "./project.ts";
import { compared, type Finding, type Report } from "./report.ts";

const rounds = 3;
const sizes = [30, 300];

export const rerun: Benchmark = {
  name: "rerun",
  title: "The same release again: everything is there already",
  run: measureRerun,
};

interface Size {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

async function measureRerun(place: Place): Promise<Report> {
  const docker = await useDocker(place.folder, place.signal);
  const measured: Size[] = [];
  for (const size of sizes) measured.push(await measureSize(place, docker, size));
  return {
    findings: measured.flatMap(({ findings }) => findings),
    notes: measured.flatMap(({ notes }) => notes),
    gaps: [],
  };
}

async function measureSize(place: Place, docker: Docker, megabytes: number): Promise<Size> {
  const cwd = join(place.folder, `project-${megabytes}`);
  mkdirSync(cwd);
  const options = { bytes: megabytes * MB, contexts: docker.contexts };
  const project = await makeProject({ cwd, env: process.env, signal: place.signal }, options);
  await twice(place, docker, project); // fills the build cache
  const pairs: Pair[] = [];
  const again = async () => (pairs.at(-1) as Pair).second;
  const [first, second] = await interleave(rounds, [
    {
      what: `first release, ${megabytes} MB`,
      run: async () => {
        pairs.push(await twice(place, docker, project));
        return (pairs.at(-1) as Pair).first;
      },
    },
    { what: `again, ${megabytes} MB`, run: again },
  ]);
  const counts = pairs.at(-1)?.requests ?? new Map();
  const blobs = [...counts.keys()].some((kind) => kind.includes("blobs") || kind.includes("stor"));
  return {
    findings: [{ ...first, unit: "ms" }, compared(second, first, 0.25)],
    notes: [
      `requests of again, ${megabytes} MB: ${kindsLine(counts)}; ${blobs ? "it asks for blobs" : "none for a blob"}`,
    ],
  };
}

interface Pair {
  /** Milliseconds. */
  readonly first: number;
  readonly second: number;
  readonly requests: ReadonlyMap<string, number>;
}

/** A release into an empty ECR and then the same once more, as another process. */
async function twice({ folder, signal }: Place, docker: Docker, project: Project): Promise<Pair> {
  await using ecr = await startEcr();
  const cache = mkdtempSync(join(folder, "cache-"));
  const target = await targetOf(ecr, { docker, project, signal, cache });
  const release = async () => {
    const started = performance.now();
    await bySlipway.perform(target);
    return performance.now() - started;
  };
  const first = await release();
  await ecr.requests();
  const second = await release();
  return { first, second, requests: countKinds(await ecr.requests()) };
}
