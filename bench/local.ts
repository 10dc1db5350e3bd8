import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent } from "node:http";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { findDockerRegistry, startDockerRegistry } from "./docker-registry.ts";
import { type LocalEcr, startEcr } from "./local-ecr.ts";
import { type Contestant, interleave, median, type Samples, warmUp } from "./measure.ts";
import { type Benchmark, MB, type Place, slipway } from "./place.ts";
import { run } from "./process.ts";
import { ask, type Blob, pullBlob, pushBlob, type RegistryPlace } from "./registry-client.ts";
import { compared, type Finding, type Report } from "./report.ts";

const rounds = 5;
const repository = "bench";

export const local: Benchmark = {
  name: "local",
  title: "The local ECR: bytes through it, small calls, memory, start",
  run: measureLocal,
};

async function measureLocal(place: Place): Promise<Report> {
  const peer = findDockerRegistry();
  const findings = [
    ...(peer === undefined ? [] : await throughput(place)),
    ...(await smallCalls()),
    await peakMemory(),
    ...(await startToReady(place)),
  ];
  const missing = "bytes against docker-registry: the program of Debian's package is not on PATH";
  const notes = [
    "up: a session, one PATCH, the end, as docker pushes; down: by the address that the registry sends to; each run into an empty registry",
    "1.25 times the time is 0.8 of the throughput",
  ];
  return { findings, notes, gaps: peer === undefined ? [missing] : [] };
}

function blobsOf(clients: number, bytes: number): readonly Blob[] {
  return Array.from({ length: clients }, () => {
    const content = randomBytes(bytes);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    return { digest, bytes: content };
  });
}

/** 200 MB by one client, and by four at once. */
async function throughput(place: Place): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const clients of [1, 4]) {
    const blobs = blobsOf(clients, (200 * MB) / clients);
    const contestants = sides(place).map(({ what, using }) => ({ what, ...both(using, blobs) }));
    const of = (way: "up" | "down"): Contestant[] =>
      contestants.map((one) => ({ what: one.what, run: one[way] }));
    await warmUp(of("up"));
    for (const way of ["up", "down"] as const) {
      const [ours = nothing, theirs = nothing] = await interleave(rounds, of(way));
      const line = (samples: Samples): Samples => ({
        what: `200 MB ${way}, ${clients} ${clients === 1 ? "client" : "clients"}: ${samples.what}`,
        values: samples.values,
      });
      const other = { ...theirs, what: "docker-registry" };
      findings.push({ ...line(theirs), unit: "ms" }, compared(line(ours), other, 1.25));
    }
  }
  return findings;
}

type Using = (work: (registry: RegistryPlace) => Promise<number>) => Promise<number>;

function sides({ folder }: Place): { readonly what: string; readonly using: Using }[] {
  return [
    {
      what: "local ECR",
      async using(work) {
        await using ecr = await startEcr();
        return await work(await registryOf(ecr));
      },
    },
    {
      what: "docker-registry",
      async using(work) {
        await using registry = await startDockerRegistry(folder);
        return await work(registry);
      },
    },
  ];
}

/** One run each way, in milliseconds, into a registry of its own. */
function both(using: Using, blobs: readonly Blob[]) {
  const push = (registry: RegistryPlace) =>
    timed(blobs.map((blob) => () => pushBlob(registry, repository, blob)));
  return {
    up: () => using(push),
    down: () =>
      using(async (registry) => {
        await push(registry);
        return await timed(blobs.map((blob) => () => pullBlob(registry, repository, blob)));
      }),
  };
}

async function timed(works: readonly (() => Promise<unknown>)[]): Promise<number> {
  const started = performance.now();
  await Promise.all(works.map((work) => work()));
  return performance.now() - started;
}

async function registryOf(ecr: LocalEcr): Promise<RegistryPlace> {
  const address = await ecr.createRepository(repository);
  const client = new ECRClient(clientOf(ecr));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand());
  client.destroy();
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  return { origin: `http://${address.split("/")[0]}`, authorization };
}

function clientOf({ env }: LocalEcr) {
  const { AWS_ENDPOINT_URL_ECR: endpoint = "", AWS_REGION: region = "" } = env;
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
}

const callers = 64;
const calls = 50;

/** How long a question about one repository takes while 64 ask. */
async function smallCalls(): Promise<Finding[]> {
  await using ecr = await startEcr();
  await ecr.createRepository(repository);
  const { endpoint, region, credentials } = clientOf(ecr);
  const scope = `${credentials.accessKeyId}/20260101/${region}/ecr/aws4_request`;
  const headers = {
    "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const body = Buffer.from("{}");
  const once = () =>
    timed([() => ask(agent, { origin: endpoint }, "POST", "/", { headers, body })]);
  const caller = async (times: number) => {
    const values: number[] = [];
    for (let at = 0; at < times; at += 1) values.push(await once());
    return values;
  };
  const all = (times: number) => Promise.all(Array.from({ length: callers }, () => caller(times)));
  await all(5);
  const values = (await all(calls)).flat().sort((a, b) => a - b);
  agent.destroy();
  const p99 = values[Math.floor(values.length * 0.99)] ?? Number.NaN;
  const half = { what: "its p50", values: [median(values)] };
  return [
    { ...half, what: `DescribeRepositories while ${callers} ask: p50`, unit: "ms" },
    compared({ what: "the same: p99", values: [p99] }, half, 20),
  ];
}

/** The server's resident memory at the most. */
async function peakMemory(): Promise<Finding> {
  await using ecr = await startEcr();
  const registry = await registryOf(ecr);
  const [blob] = blobsOf(1, 100 * MB);
  if (!blob) throw new Error("no content");
  // One content in sixteen repositories is sixteen uploads, and one buffer here.
  await Promise.all(
    Array.from({ length: 16 }, async (_, at) => {
      await ecr.createRepository(`${repository}-${at}`);
      await pushBlob(registry, `${repository}-${at}`, blob);
    }),
  );
  const peak = (await ecr.peakMemory()) / MB;
  return {
    what: "peak while 16 push 100 MB each",
    values: [peak],
    unit: "MB",
    goal: 250,
  };
}

/** From the start of `slipway local` to the line that says where it is. */
async function startToReady({ folder, signal }: Place): Promise<Finding[]> {
  const place = { cwd: folder, env: process.env, signal };
  const bare: Contestant = {
    what: "node -e 0",
    run: async () => (await run([process.execPath, "-e", "0"], place)).milliseconds,
  };
  const ready: Contestant = { what: "slipway local, to its first line", run: startOnce };
  await warmUp([bare, ready]);
  const [node, server] = await interleave(9, [bare, ready]);
  return [{ ...node, unit: "ms" }, compared(server, node, 5)];
}

async function startOnce(): Promise<number> {
  const [program, ...args] = slipway;
  const started = performance.now();
  const child = spawn(program, [...args, "local"], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const milliseconds = performance.now() - started;
  child.kill("SIGTERM");
  await ended;
  return milliseconds;
}

const nothing: Samples = { what: "", values: [] };
