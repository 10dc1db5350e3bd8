import { createHash } from "node:crypto";
import {
  PutImageCommand,
  PutLifecyclePolicyCommand,
  paginateDescribeImages,
} from "@aws-sdk/client-ecr";
import { type LocalEcr, type LocalEcrOptions, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, ociIndex, openRepository, repositoryClient } from "../local/registry.ts";

export const day = 86_400_000;

/** A local ECR whose clock stands days before now, for images of every age; this process talks to it. */
export interface ClockedEcr extends AsyncDisposable {
  readonly client: ReturnType<typeof ecrClient>;
  readonly env: Readonly<Record<string, string>>;
  create(repository: string): Promise<void>;
  /** Pushes an image so many days ago and answers with its digest. */
  push(repository: string, daysAgo: number, ...tags: string[]): Promise<string>;
  /** An index of two images, pushed with them. */
  pushIndex(
    repository: string,
    daysAgo: number,
    ...tags: string[]
  ): Promise<{ readonly index: string; readonly children: readonly string[] }>;
  put(repository: string, policy: unknown): Promise<void>;
  /** Lets days pass; policies run. */
  advance(days: number): void;
  setFaults: LocalEcr["setFaults"];
  /** The digests of all images there. */
  digests(repository: string): Promise<ReadonlySet<string>>;
}

export async function clockedEcr(options: LocalEcrOptions = {}): Promise<ClockedEcr> {
  let ahead = 0;
  const ecr = await startLocalEcr({ ...options, now: () => new Date(Date.now() + ahead) });
  const client = ecrClient(ecr);
  const before = { ...process.env };
  Object.assign(process.env, ecr.env);
  let pushed = 0;
  // Requests are signed with the time of this machine: the clock goes back for the push alone.
  const at = async <T>(daysAgo: number, work: () => Promise<T>): Promise<T> => {
    ahead = -daysAgo * day;
    try {
      return await work();
    } finally {
      ahead = 0;
    }
  };
  const tag = async (repository: string, body: string, type: string, tags: readonly string[]) => {
    for (const imageTag of tags) {
      await client.send(
        new PutImageCommand({
          repositoryName: repository,
          imageManifest: body,
          imageManifestMediaType: type,
          imageTag,
        }),
      );
    }
  };
  const pushOne = async (repository: string) => {
    const registry = await repositoryClient(client, repository);
    pushed += 1;
    const { digest, size, mediaType } = await registry.pushImage(`image ${pushed}`);
    const manifest = await registry.fetch(`/manifests/${digest}`);
    return { registry, digest, size, mediaType, body: await manifest.text() };
  };
  return {
    client,
    env: ecr.env,
    create: async (repository) => void (await openRepository(client, repository)),
    push: (repository, daysAgo, ...tags) =>
      at(daysAgo, async () => {
        const { digest, body, mediaType } = await pushOne(repository);
        await tag(repository, body, mediaType, tags);
        return digest;
      }),
    pushIndex: (repository, daysAgo, ...tags) =>
      at(daysAgo, async () => {
        const first = await pushOne(repository);
        const second = await pushOne(repository);
        const manifests = [first, second].map(({ digest, size, mediaType }, which) => ({
          mediaType,
          digest,
          size,
          platform: { os: "linux", architecture: which === 0 ? "amd64" : "arm64" },
        }));
        const body = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests });
        const put = await first.registry.putManifest(body, { type: ociIndex });
        if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`);
        await tag(repository, body, ociIndex, tags);
        const index = `sha256:${createHash("sha256").update(body).digest("hex")}`;
        return { index, children: [first.digest, second.digest] };
      }),
    put: async (repository, policy) =>
      void (await client.send(
        new PutLifecyclePolicyCommand({
          repositoryName: repository,
          lifecyclePolicyText: JSON.stringify(policy),
        }),
      )),
    setFaults: ecr.setFaults,
    advance: (days) => ecr.advance(days * day),
    async digests(repository) {
      const found = new Set<string>();
      const pages = paginateDescribeImages({ client }, { repositoryName: repository });
      for await (const { imageDetails = [] } of pages) {
        for (const { imageDigest = "" } of imageDetails) found.add(imageDigest);
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      for (const name of Object.keys(ecr.env)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await ecr.close();
    },
  };
}
