import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { Refusal } from "../scripts/say.ts";
import type { LocalEcrOptions, RequestLogEntry } from "../src/local/server.ts";

/** An empty ECR in a process of its own. */
export interface LocalEcr extends AsyncDisposable {
  /** The environment of a process that uses it. */
  readonly env: NodeJS.ProcessEnv;
  /** Makes a repository, in the region of `env` or another; answers with its address, `host:port/name`. */
  createRepository(name: string, region?: string): Promise<string>;
  /** The digest under a tag; `undefined` where there is none. */
  digestOf(name: string, tag: string, region?: string): Promise<string | undefined>;
  /** What was asked of it since the last call. */
  requests(): Promise<readonly RequestLogEntry[]>;
  /** Its resident memory at the most, in bytes. */
  peakMemory(): Promise<number>;
  /** How many requests it answered since the last call, and to how many of them with a fault. */
  answered(): Promise<{ readonly requests: number; readonly faults: number }>;
}

/** A seed of a hundred thousand images takes a busy machine a while. */
const patience = 120_000;

/**
 * Starts an ECR that nobody has pushed to: its registries have ports of their own, so that no client
 * remembers what it put under that address before and mounts it instead of uploading.
 */
export async function startEcr(
  options: Pick<LocalEcrOptions, "faults" | "link" | "seed"> = {},
): Promise<LocalEcr> {
  const child = fork(join(import.meta.dirname, "serve.ts"));
  const ended = once(child, "exit");
  const answer = async () => {
    const late = AbortSignal.timeout(patience);
    const gone = ended.then(([code]) => {
      throw new Refusal(`the local ECR ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, "message", { signal: late }), gone]);
    return message;
  };
  const ask = async (message: object): Promise<unknown> => {
    const answered = answer();
    child.send(message);
    return await answered;
  };
  const { env } = (await ask(options)) as { env: Record<string, string> };
  const { AWS_PROFILE, AWS_DEFAULT_PROFILE, ...others } = process.env;
  return {
    env: { ...others, ...env },
    createRepository: (name, region = env.AWS_REGION) => createRepository(name, env, region),
    digestOf: (name, tag, region = env.AWS_REGION) => digestOf(name, tag, env, region),
    async requests() {
      return ((await ask({})) as Told).requests;
    },
    async peakMemory() {
      return ((await ask({})) as Told).peak;
    },
    async answered() {
      const { requests, faults } = (await ask({})) as Told;
      return { requests: requests.length, faults };
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      const late = setTimeout(() => child.kill("SIGKILL"), patience);
      await ended;
      clearTimeout(late);
    },
  };
}

interface Told {
  readonly requests: readonly RequestLogEntry[];
  readonly faults: number;
  readonly peak: number;
}

function clientOf(env: Record<string, string>, region = "us-east-1"): ECRClient {
  const { AWS_ENDPOINT_URL_ECR: endpoint = "" } = env;
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  return new ECRClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
}

async function digestOf(
  repositoryName: string,
  imageTag: string,
  env: Record<string, string>,
  region: string | undefined,
): Promise<string | undefined> {
  const client = clientOf(env, region);
  const command = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] });
  const { images = [] } = await client.send(command);
  client.destroy();
  return images[0]?.imageId?.imageDigest;
}

/**
 * Throws a Refusal unless `bench:1.0.0` there has this digest: who failed, or did less, is no rival. A registry takes no
 * manifest before all that it names, so that the digest proves the whole image.
 */
export async function expectPublished(
  ecr: LocalEcr,
  region: string,
  { what, digest }: { readonly what: string; readonly digest: string | undefined },
): Promise<void> {
  const found = await ecr.digestOf("bench", "1.0.0", region);
  if (digest !== undefined && found === digest) return;
  throw new Refusal(`${what} published ${found ?? "nothing"} in ${region}, and not ${digest}`);
}

async function createRepository(
  name: string,
  env: Record<string, string>,
  region: string | undefined,
): Promise<string> {
  const client = clientOf(env, region);
  const made = await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  client.destroy();
  return made.repository?.repositoryUri ?? "";
}

/** What kind of request an entry is: the API operation, or what the registry was asked. */
export function kindOf({ operation, method, path }: RequestLogEntry): string {
  if (operation !== undefined) return operation;
  const what = /\/(manifests|blobs\/uploads|blobs|tags)(?:\/|$)/.exec(path)?.[1];
  return `${method} ${what ?? (path === "/v2/" ? "/v2/" : "storage")}`;
}

/** How many of each kind, most first. */
export function countKinds(entries: readonly RequestLogEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of entries.map(kindOf)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/** The counts on one line: `12 HEAD blobs, 5 PutImage`. */
export function kindsLine(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}
