import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { call } from "../scripts/call.ts";
import type { LinkLimits } from "../src/local/server.ts";
import { byBuildx, byHand, bySlipway, contestant, type Way } from "./contenders.ts";
import { useDocker } from "./docker.ts";
import { type Contestant, interleave, warmUp } from "./measure.ts";
import { type Benchmark, MB, type Place } from "./place.ts";
import { makeProject } from "./project.ts";
import { compared, type Finding, type Report } from "./report.ts";

const rounds = 5;
const bytes = 300 * MB;
/** As a good connection to a region is; the ECR's own machine is nobody's. */
const link = { bytesPerSecond: 50 * MB };

export const release: Benchmark = {
  name: "release",
  title: "Release of 300 MB in two platforms under five tags, build cache warm, into an empty ECR",
  run: measureRelease,
};

async function measureRelease(place: Place): Promise<Report> {
  const { folder, signal } = place;
  const docker = await useDocker(folder, signal);
  const cwd = join(folder, "project");
  mkdirSync(cwd);
  const { contexts } = docker;
  const project = await makeProject({ cwd, env: process.env, signal }, { bytes, contexts });
  const hasAws = call("aws", ["--version"]).ok;
  const at = (ways: readonly Way[], link: LinkLimits) =>
    ways.map((way) => contestant(way, { place, docker, project, link }));
  const ways = [byBuildx, bySlipway, ...(hasAws ? [byHand] : [])];
  await warmUp(at(ways, {}));
  const bare = await compare(rounds, at(ways, {}), 1.6);
  const narrow = await compare(rounds, at([byBuildx, bySlipway], link), 1.15);
  const over = ` over ${link.bytesPerSecond / MB} MB/s`;
  return {
    findings: [...bare, ...narrow.map((finding) => ({ ...finding, what: finding.what + over }))],
    notes: hasAws ? [] : ["left out: the way by hand, as there is no aws command"],
    gaps: [],
  };
}

async function compare(
  rounds: number,
  contestants: readonly Contestant[],
  goal: number,
): Promise<Finding[]> {
  const [buildx = nothing, slipway = nothing, ...others] = await interleave(rounds, contestants);
  return [
    { ...buildx, unit: "ms" },
    compared(slipway, buildx, goal),
    ...others.map((other) => compared(other, buildx)),
  ];
}

const nothing = { what: "", values: [] };
