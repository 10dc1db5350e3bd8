import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { call } from "../scripts/call.ts";
import { byBuildx, byHand, bySlipway, contestant, type Link } from "./contenders.ts";
import { useDocker } from "./docker.ts";
import { interleave, warmUp } from "./measure.ts";
import { type Benchmark, MB, type Place } from "./place.ts";
import { makeProject } from "./project.ts";
import { compared, type Finding, type Report } from "./report.ts";

const rounds = 5;
const bytes = 300 * MB;

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
  const ways = [byBuildx, bySlipway, ...(hasAws ? [byHand] : [])];
  const at = (link: Link) => ways.map((way) => contestant(way, place, docker, project, link));
  await warmUp(at({}));
  const unthrottled = await compare(at({}), 1.6, "");
  return {
    findings: unthrottled,
    notes: hasAws ? [] : ["left out: the way by hand, as there is no aws command"],
    gaps: ["over a link of 50 MB/s: the local ECR has no throttle yet"],
  };
}

async function compare(
  contestants: Parameters<typeof interleave>[1],
  goal: number,
  link: string,
): Promise<Finding[]> {
  const samples = await interleave(rounds, contestants);
  const named = samples.map(({ what, values }) => ({ what: `${what}${link}`, values }));
  const [buildx = nothing, slipway = nothing, ...others] = named;
  return [
    { ...buildx, unit: "ms" },
    compared(slipway, buildx, goal),
    ...others.map((other) => compared(other, buildx)),
  ];
}

const nothing = { what: "", values: [] };
