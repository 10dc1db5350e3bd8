import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bySlipway, contestant, type Target, type Way } from "./contenders.ts";
import { useDocker } from "./docker.ts";
import { interleave, warmUp } from "./measure.ts";
import { type Benchmark, MB, type Place } from "./place.ts";
import { makeProject } from "./project.ts";
import { compared, type Report } from "./report.ts";

const rounds = 5;
const bytes = 300 * MB;

/** All that look at an image on this machine alone. The smoke gate has run it before, so that its waiting is apart. */
const gates = {
  dockerfile: "on",
  consumer: { for: ["fargate", "ecs", "eks"] },
  contents: "on",
  size: { budget: "1GB" },
  signature: { require: ["provenance"] },
  smoke: { command: ["true"], user: "root" },
};

export const gated: Benchmark = {
  name: "gated",
  title: "Release of 300 MB in two platforms, build cache warm, with all gates and without",
  run: measureGated,
};

async function measureGated({ folder, signal }: Place): Promise<Report> {
  const docker = await useDocker(folder, signal);
  const { contexts } = docker;
  const inFolder = async (name: string, settings: object) => {
    const cwd = join(folder, name);
    mkdirSync(cwd);
    return await makeProject({ cwd, env: process.env, signal }, { bytes, contexts, settings });
  };
  const plain = await inFolder("plain", {});
  const guarded = await inFolder("guarded", { gates });
  const place = { folder, signal };
  const without = contestant(bySlipway, { place, docker, project: plain, link: {} });
  const withAll = contestant(knowing(join(folder, "found")), {
    place,
    docker,
    project: guarded,
    link: {},
  });
  await warmUp([without, withAll]);
  const [bare, gated] = await interleave(rounds, [without, withAll]);
  return {
    findings: [{ ...bare, unit: "ms" }, compared(gated, bare, 1.2)],
    notes: [
      `gates: ${Object.keys(gates).join(", ")}; what they found in the layers and by the smoke run before is known, what BuildKit says of the Dockerfile is asked anew`,
      "a gate that can refuse lets no byte leave before it has passed: nothing is uploaded while the layout is still being written",
    ],
    gaps: [],
  };
}

/** A release that has, as the next one on the same machine, what the gates of the one before have kept. */
function knowing(found: string): Way {
  const kept = ({ place }: Target) => join(place.env.SLIPWAY_CACHE_DIR ?? "", "gates");
  return {
    ...bySlipway,
    what: "the same with all gates",
    prepare: async (target) => {
      if (existsSync(found)) cpSync(found, kept(target), { recursive: true });
    },
    tidy: async (target) => cpSync(kept(target), found, { recursive: true }),
  };
}
