import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluatePolicy } from "../src/lifecycle/evaluate.ts";
import type { LifecycleImage } from "../src/lifecycle/image.ts";
import type { LifecyclePolicy, LifecycleRule } from "../src/lifecycle/policy.ts";
import type { Seed } from "../src/local/server.ts";
import { startEcr } from "./local-ecr.ts";
import { type Contestant, interleave, warmUp } from "./measure.ts";
import { type Benchmark, type Place, preloaded, slipway } from "./place.ts";
import { run } from "./process.ts";
import { compared, type Report } from "./report.ts";

const rounds = 5;
const few = 10_000;
const many = 100_000;
const rules = 50;
const size = { repositories: 1000, images: 100, perSecond: 50 };

export const lifecycle: Benchmark = {
  name: "lifecycle",
  title: "Lifecycle policies: evaluating 100,000 images, and planning 1,000 throttled repositories",
  run: measureLifecycle,
};

async function measureLifecycle(place: Place): Promise<Report> {
  const policy = makePolicy();
  const evaluating = (count: number): Contestant => {
    const images = makeImages(count);
    return {
      what: `evaluating ${rules} rules on ${count} images`,
      async run() {
        const before = process.cpuUsage();
        evaluatePolicy(policy, images, Date.now());
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      },
    };
  };
  const contestants = [evaluating(few), evaluating(many)];
  await warmUp(contestants);
  const [small = nothing, large = nothing] = await interleave(rounds, contestants);
  const planned = await plan(place);
  return {
    findings: [
      { ...small, unit: "ms" },
      { ...large, unit: "ms", goal: 1000 },
      compared(large, small, 12),
      {
        what: `lifecycle plan --all, ${size.repositories} × ${size.images}`,
        values: [planned.milliseconds],
        unit: "ms",
        against: {
          what: `what ${size.perSecond} requests a second dictate`,
          ratio: planned.milliseconds / planned.dictated,
          goal: 1.3,
        },
      },
      { what: "its peak of memory", values: [planned.peak], unit: "MB", goal: 300 },
    ],
    notes: [
      "evaluating: processor time of all threads, which on an idle machine is no less than the wait",
      `the local ECR answered ${planned.served} requests and throttled ${planned.throttled} more; no repository failed`,
    ],
    gaps: [],
  };
}

const nothing = { what: "", values: [] };

/** `run` fails unless every repository was planned: the command ends with 1 where one could not be read. */
async function plan({ folder, signal }: Place) {
  const { perSecond } = size;
  const faults = { rules: [{ plane: "api", fault: "throttle", perSecond } as const] };
  await using ecr = await startEcr({ seed: makeSeed(), faults });
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify({ rules: [ruleFor("v*", 1), ruleFor("main-*", 2)] }));
  const peakFile = join(folder, "peak");
  const env = { ...ecr.env, BENCH_PEAK_FILE: peakFile };
  const [node, ...program] = slipway;
  const preload = preloaded("peak.js");
  const argv = ["lifecycle", "plan", "--all", "--region", "us-east-1", "--policy", policy];
  const { milliseconds } = await run([node, ...preload, ...program, ...argv], {
    cwd: folder,
    env,
    signal,
  });
  const { requests, faults: throttled } = await ecr.answered();
  const served = requests - throttled;
  // The bucket is full at the start: a second's worth comes for nothing.
  const dictated = ((served - perSecond) / perSecond) * 1000;
  const peak = Number(readFileSync(peakFile, "utf8")) / 1000;
  return { milliseconds, dictated, peak, served, throttled };
}

/** Releases and builds of the main branch, one of each a day. */
function makeSeed(): Seed {
  const images = Array.from({ length: size.images }, (_, at) => ({
    tags: [at % 2 === 0 ? `v1.0.${at}` : `main-${at}`],
    ageDays: (size.images - at) / 2,
  }));
  const repositories = Array.from({ length: size.repositories }, (_, at) => ({
    name: `team/app-${String(at).padStart(4, "0")}`,
    images,
  }));
  return { repositories };
}

/** 49 families of tags, and the rest. */
function makePolicy(): LifecyclePolicy {
  const families = Array.from({ length: rules - 1 }, (_, at) => ruleFor(`t${at}-*`, at + 1));
  const rest: LifecycleRule = {
    rulePriority: rules,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
    action: { type: "expire" },
  };
  return { rules: [...families, rest] };
}

function ruleFor(pattern: string, rulePriority: number): LifecycleRule {
  return {
    rulePriority,
    selection: {
      tagStatus: "tagged",
      tagPatternList: [pattern],
      countType: "imageCountMoreThan",
      countNumber: 40,
    },
    action: { type: "expire" },
  };
}

/** In no order; each fifth is an index of two others. */
function makeImages(count: number): readonly LifecycleImage[] {
  const digestOf = (at: number) =>
    `sha256:${((at * 2_654_435_761) % 2 ** 32).toString(16).padStart(64, "0")}`;
  return Array.from({ length: count }, (_, at) => ({
    digest: digestOf(at),
    tags: [`t${at % rules}-${at}`],
    pushedAt: ((at * 7919) % count) * 1000,
    size: 1,
    status: "active",
    children: at % 5 === 0 ? [digestOf(at + 1), digestOf(at + 2)] : [],
  }));
}
