import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../scripts/call.ts";
import type { LinkLimits } from "../src/local/server.ts";
import { expectPublished, type LocalEcr, startEcr } from "./local-ecr.ts";
import { type Contestant, interleave, type Samples } from "./measure.ts";
import { type Benchmark, MB, type Place, preloaded, slipway } from "./place.ts";
import { run } from "./process.ts";
import { compared, type Finding, type Report } from "./report.ts";
import { warmMemory } from "./warm.ts";

/** On loopback runs differ by a tenth of their time and more. */
const rounds = 5;
/** Over 50 MB/s they are as long as the bytes take. */
const narrowRounds = 3;
const source = "us-east-1";
/**
 * Each has a layer of its own, so that there is something to do side by side; with all tags they are fewer than ten
 * manifests, for whose quota Slipway waits and others do not.
 */
const platforms = ["linux/amd64", "linux/arm64", "linux/ppc64le", "linux/s390x"];
/** As a good connection to a region is; each registry has a link of its own. */
const narrow = { bytesPerSecond: 50 * MB };

export const promotion: Benchmark = {
  name: "promotion",
  title: "Promoting 1 GB from one registry to another, and within a repository",
  run: measurePromotion,
};

/** A way to bring an image from one address to another. */
interface Promoter {
  readonly what: string;
  readonly argv: (from: string, to: Goal) => readonly string[];
}

interface Goal {
  readonly uri: string;
  readonly region: string;
}

const tools: Readonly<Record<string, (from: string, to: string) => readonly string[]>> = {
  skopeo: (from, to) => [
    ...["copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"],
    ...[`docker://${from}`, `docker://${to}`],
  ],
  crane: (from, to) => ["copy", "--insecure", from, to],
  regctl: (from, to) => ["image", "copy", from, to],
  oras: (from, to) => ["cp", "--recursive", "--from-plain-http", "--to-plain-http", from, to],
};

/** The tools on PATH that copy an image as it is, and buildx. */
function others(): Promoter[] {
  const found = Object.entries(tools).filter(([tool]) => call(tool, ["--help"]).ok);
  const all = found.map(([tool, argv]): Promoter => {
    return { what: tool, argv: (from, { uri }) => [tool, ...argv(from, `${uri}:1.0.0`)] };
  });
  if (!call("docker", ["buildx", "version"]).ok) return all;
  const create = ["docker", "buildx", "imagetools", "create", "--tag"];
  const buildx = (from: string, { uri }: Goal) => [...create, `${uri}:1.0.0`, from];
  return [...all, { what: imagetools, argv: buildx }];
}

const imagetools = "docker buildx imagetools create";

async function measurePromotion(place: Place): Promise<Report> {
  const peaks = { small: [] as number[], large: [] as number[] };
  const alone = await compare(place, { bytes: 100 * MB, link: {}, rounds, peaks: peaks.small }, []);
  const bare = await compare(
    place,
    { bytes: 1000 * MB, link: {}, rounds, peaks: peaks.large },
    others(),
  );
  const tight = { bytes: 1000 * MB, link: narrow, rounds: narrowRounds, peaks: peaks.large };
  const quick = others().filter(({ what }) => what !== imagetools);
  const narrowly = await compare(place, tight, quick);
  const copied = bare.between.find(({ what }) => what === "crane") ?? bare.between[0];
  return {
    findings: [
      ...findingsOf(" on loopback", bare.between, 1.2),
      ...findingsOf(" over 50 MB/s", narrowly.between, 1.05),
      { ...alone.within, what: "within a repository, 100 MB", unit: "ms" },
      { ...bare.within, what: "within a repository, 1 GB", unit: "ms" },
      ...(copied ? [compared(bare.within, copied, 0.1)] : []),
      { what: "peak, 100 MB", values: peaks.small, unit: "MB" },
      { what: "peak, 1 GB", values: peaks.large, unit: "MB", goal: 150 },
    ],
    notes: [
      "two registries of one local ECR, which hashes and keeps everything, on the same cores",
      `over 50 MB/s ${imagetools} is left out: a run of it takes close to three minutes`,
      ...(others().length > 1 ? [] : ["left out: skopeo, crane, regctl, oras: none is on PATH"]),
    ],
    gaps: [],
  };
}

function findingsOf(how: string, [ours, ...rest]: readonly Samples[], goal: number): Finding[] {
  if (ours === undefined) return [];
  return [
    { ...ours, what: `slipway${how}`, unit: "ms" },
    ...rest.flatMap((other): Finding[] => [
      { ...other, what: `${other.what}${how}`, unit: "ms" },
      compared(ours, other, goal),
    ]),
  ];
}

interface Course {
  readonly bytes: number;
  readonly link: LinkLimits;
  readonly rounds: number;
  /** Gets the MB of resident memory at the most, of every copy by Slipway. */
  readonly peaks: number[];
}

interface Compared {
  readonly between: readonly Samples[];
  readonly within: Samples;
}

/** One ECR that holds the image; every run goes to a registry that nobody has been to. */
async function compare(
  place: Place,
  { bytes, link, rounds, peaks }: Course,
  rivals: readonly Promoter[],
): Promise<Compared> {
  const images = [{ tags: ["1.0.0"], bytes: Math.round(bytes / platforms.length), platforms }];
  await using ecr = await startEcr({ link, seed: { repositories: [{ name: "bench", images }] } });
  const arena: Arena = { ecr, place };
  const digest = await ecr.digestOf("bench", "1.0.0", source);
  const beside = await ecr.createRepository("other");
  const from = beside.replace(/other$/, "bench:1.0.0");
  let at = 0;
  const nextGoal = async (): Promise<Goal> => {
    at += 1;
    const region = `eu-west-${at}`;
    return { region, uri: await ecr.createRepository("bench", region) };
  };
  const ours: Contestant = {
    what: "slipway",
    run: async () => {
      const { region } = await nextGoal();
      const milliseconds = await promote(arena, `--to=${region}`);
      peaks.push((Number(readFileSync(peakFile(arena), "utf8")) * 1024) / MB);
      await expectPublished(ecr, region, { what: "slipway", digest });
      return milliseconds;
    },
  };
  const theirs = rivals.map(
    ({ what, argv }): Contestant => ({
      what,
      run: async () => {
        const goal = await nextGoal();
        const login = await logIn(arena, { [source]: from, [goal.region]: goal.uri });
        // docker finds buildx by its own configuration.
        const { DOCKER_CONFIG, ...rest } = login;
        const line = argv(from, goal);
        const env = line[0] === "docker" ? rest : { ...rest, DOCKER_CONFIG };
        const milliseconds = await go(arena, line, env);
        await expectPublished(ecr, goal.region, { what, digest });
        return milliseconds;
      },
    }),
  );
  const between = await interleave(rounds, [ours, ...theirs]);
  const tag = async () => {
    at += 1;
    return await promote(arena, `--to=${source}`, `--tag=named-${at}`);
  };
  const [within] = await interleave(rounds, [{ what: "within a repository", run: tag }]);
  return { between, within };
}

interface Arena {
  readonly ecr: LocalEcr;
  readonly place: Place;
}

/** Where the process leaves the most memory that it had. */
function peakFile({ place }: Arena): string {
  return join(place.folder, "peak");
}

async function promote(arena: Arena, ...args: readonly string[]): Promise<number> {
  const [node, ...program] = slipway;
  const preload = preloaded("peak.js");
  const call = ["promote", "bench:1.0.0", `--from=${source}`, "--quiet", ...args];
  const argv = [node, ...preload, ...program, ...call];
  return await go(arena, argv, { BENCH_PEAK_FILE: peakFile(arena) });
}

async function go(
  { ecr, place: { folder, signal } }: Arena,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  await warmMemory(signal);
  return (await run(argv, { cwd: folder, env: { ...ecr.env, ...env }, signal })).milliseconds;
}

/** For those who are not Slipway, and uncounted: docker's file, in the place where each looks for it. */
async function logIn({ ecr, place: { folder, signal } }: Arena, uris: Record<string, string>) {
  const auths: Record<string, { auth: string }> = {};
  for (const [region, uri] of Object.entries(uris)) {
    const print = [...slipway, "login", `--region=${region}`, "--print"];
    const { stdout } = await run(print, { cwd: folder, env: ecr.env, signal });
    const { Username, Secret } = JSON.parse(stdout);
    const auth = Buffer.from(`${Username}:${Secret}`).toString("base64");
    auths[uri.split("/")[0] ?? ""] = { auth };
  }
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ auths }));
  return {
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths }),
    DOCKER_CONFIG: folder,
    REGISTRY_AUTH_FILE: config,
  };
}
