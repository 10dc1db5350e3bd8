import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchDeleteImageCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, openRepository, repositoryClient, sha256 } from "./registry.ts";

let dir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-ecr-test-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

async function serveApart(directory: string): Promise<{ endpoint: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = await once(child.stdout ?? child, "data");
  return { endpoint: String(line).trim(), child };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function everything(endpoint: string): Promise<object> {
  const client = ecrClient({ endpoint });
  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
  const names = (repositories ?? []).map(({ repositoryName }) => repositoryName ?? "");
  const images = await Promise.all(
    names.map(async (repositoryName) => {
      const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
      return imageDetails;
    }),
  );
  return { repositories, images };
}

describe("a directory", () => {
  test("keeps everything over a restart, the registries' ports too", async () => {
    const before = await startLocalEcr({ dir });
    const client = ecrClient(before);
    const repository = await openRepository(client, "kept");
    const image = await repository.pushImage("content", "1.0");
    const gone = await repository.pushImage("gone", "2.0");
    const repositoryName = "kept";
    const imageIds = [{ imageDigest: gone.digest }];
    await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    await client.send(
      new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }),
    );
    const resourceArn = "arn:aws:ecr:us-east-1:123456789012:repository/kept";
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "a", Value: "b" }] }));
    const lifecyclePolicyText = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
          action: { type: "expire" },
        },
      ],
    });
    await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    await openRepository(client, "dropped");
    await client.send(new DeleteRepositoryCommand({ repositoryName: "dropped" }));
    await repository.fetch("/manifests/1.0");
    const saved = await everything(before.endpoint);
    await before.close();

    await using after = await startLocalEcr({ dir });
    expect(await everything(after.endpoint)).toEqual(saved);
    const again = ecrClient(after);
    const policy = await again.send(new GetLifecyclePolicyCommand({ repositoryName }));
    expect(policy.lifecyclePolicyText).toBe(lifecyclePolicyText);
    const pulled = await repository.fetch(`/manifests/${image.digest}`);
    const { layers } = (await pulled.json()) as { layers: [{ digest: string }] };
    const blob = await repository.fetch(`/blobs/${layers[0].digest}`);
    expect(await blob.text()).toBe("content");
  });

  test("serves one server at a time", async () => {
    const first = await startLocalEcr({ dir });
    await expect(startLocalEcr({ dir })).rejects.toMatchObject({ code: "LOCAL_ECR_FAILED" });
    const { endpoint } = first;
    expect(await everything(endpoint)).toEqual({ repositories: [], images: [] });
    await first.close();
    await (await startLocalEcr({ dir })).close();
  });

  test("is free where a living process has only the number of the one in its lock", async () => {
    writeFileSync(join(dir, "lock"), JSON.stringify({ pid: process.pid, port: 1, id: "someone" }));
    await (await startLocalEcr({ dir })).close();
  });

  test("that cannot be written is refused", async () => {
    writeFileSync(join(dir, "file"), "");
    const start = startLocalEcr({ dir: join(dir, "file") });
    await expect(start).rejects.toMatchObject({ code: "LOCAL_ECR_FAILED" });
  });

  test("that is damaged is refused with the place, and left alone", async () => {
    const first = await startLocalEcr({ dir });
    await openRepository(ecrClient(first), "team/app");
    await first.close();
    const folder = join(dir, "registries", "123456789012", "us-east-1");
    const [journal = ""] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
    appendFileSync(join(folder, journal), "damaged\n");
    const place = join(folder, `${journal}:2`);
    await expect(startLocalEcr({ dir })).rejects.toMatchObject({
      code: "LOCAL_ECR_FAILED",
      message: expect.stringContaining(place),
    });
    expect(existsSync(join(dir, "lock"))).toBe(false);
    rmSync(join(folder, journal));
    await (await startLocalEcr({ dir })).close();
  });

  test.each(["registries/123456789012/us-east-1/settings.json", "tls/ca.key"])(
    "of which a power cut left %s empty is refused with the place",
    async (name) => {
      await (await startLocalEcr({ dir, tls: true })).close();
      const file = join(dir, name);
      writeFileSync(file, "");
      await expect(startLocalEcr({ dir, tls: true })).rejects.toMatchObject({
        code: "LOCAL_ECR_FAILED",
        message: `the local ECR's data is damaged at ${file}`,
      });
      rmSync(file);
      await (await startLocalEcr({ dir, tls: true })).close();
    },
  );

  test("does not keep content that nothing refers to", async () => {
    const first = await startLocalEcr({ dir });
    const client = ecrClient(first);
    const repository = await openRepository(client, "emptied");
    const { digest } = await repository.pushBlob("forgotten");
    await repository.fetch("/blobs/uploads/", { method: "POST" });
    await client.send(new DeleteRepositoryCommand({ repositoryName: "emptied" }));
    await first.close();
    const file = join(dir, "blobs", "sha256", digest.slice(7));
    expect(existsSync(file)).toBe(true);
    await (await startLocalEcr({ dir })).close();
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(dir, "uploads"))).toEqual([]);
  });
});

test("a port that is taken is refused", async () => {
  await using first = await startLocalEcr();
  const port = Number(new URL(first.endpoint).port);
  await expect(startLocalEcr({ port })).rejects.toMatchObject({ code: "LOCAL_ECR_FAILED" });
});

describe("after a SIGKILL", () => {
  test("all that was acknowledged is there, under load", async () => {
    const { endpoint, child } = await serveApart(dir);
    const client = ecrClient({ endpoint });
    const repository = await openRepository(client, "busy");
    const { digest } = await repository.pushImage("busy");
    const imageManifest = await (await repository.fetch(`/manifests/${digest}`)).text();
    const acknowledged: string[] = [];
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let count = 0; ; count += 1) {
        const imageTag = `t-${lane}-${count}`;
        const put = new PutImageCommand({ repositoryName: "busy", imageManifest, imageTag });
        await client.send(put);
        acknowledged.push(imageTag);
      }
    });
    const pushing = Promise.allSettled(lanes);
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(100);
    await kill(child);
    await pushing;

    await using after = await startLocalEcr({ dir });
    const { imageDetails } = await ecrClient(after).send(
      new DescribeImagesCommand({ repositoryName: "busy", imageIds: [{ imageDigest: digest }] }),
    );
    expect(imageDetails?.[0]?.imageTags).toEqual(expect.arrayContaining(acknowledged));
  });

  test("a half upload is not shown, and a torn record is not read", async () => {
    const { endpoint, child } = await serveApart(dir);
    const client = ecrClient({ endpoint });
    const repository = await openRepository(client, "torn");
    const { digest } = await repository.pushImage("whole", "1.0");
    const content = Buffer.alloc(4 << 20, "x");
    const started = await repository.fetch("/blobs/uploads/", { method: "POST" });
    const where = new URL(`${started.headers.get("location")}?digest=${sha256(content)}`);
    const headers = { ...repository.headers, "content-length": content.length };
    const upload = request(where, { method: "PUT", headers });
    upload.on("error", () => {});
    upload.write(content.subarray(1 << 20));
    await expect
      .poll(() => readdirSync(join(dir, "uploads")).length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    await kill(child);
    upload.destroy();
    const folder = join(dir, "registries", "123456789012", "us-east-1");
    const [journal = ""] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
    appendFileSync(join(folder, journal), '[{"did":"tag","tag":"2.0","digest":"sha25');

    const after = await startLocalEcr({ dir });
    const again = await repositoryClient(ecrClient(after), "torn");
    expect(await (await again.fetch("/tags/list")).json()).toMatchObject({ tags: ["1.0"] });
    expect((await again.fetch(`/manifests/${digest}`)).status).toBe(200);
    const blob = await again.fetch(`/blobs/${sha256(content)}`, { method: "HEAD" });
    expect(blob.status).toBe(404);
    await again.pushImage("later", "3.0");
    await after.close();

    await using last = await startLocalEcr({ dir });
    const third = await repositoryClient(ecrClient(last), "torn");
    expect(await (await third.fetch("/tags/list")).json()).toMatchObject({ tags: ["1.0", "3.0"] });
  });

  test("a temporary directory goes when the next one is made", async () => {
    const { child } = await serveApart("");
    // Others make such directories at the same time: the lock tells whose one is.
    const made = readdirSync(tmpdir()).filter((name) => {
      const lock = join(tmpdir(), name, "lock");
      if (!name.startsWith("slipway-local-") || !existsSync(lock)) return false;
      return readFileSync(lock, "utf8").includes(`"pid":${child.pid},`);
    });
    expect(made).toHaveLength(1);
    await kill(child);
    expect(made.some((name) => existsSync(join(tmpdir(), name)))).toBe(true);
    await (await startLocalEcr()).close();
    expect(made.filter((name) => existsSync(join(tmpdir(), name, "lock")))).toEqual([]);
  });
});

test("an upload that breaks off leaves its length, and the next start of it is told", async () => {
  await using ecr = await startLocalEcr();
  const repository = await openRepository(ecrClient(ecr), "broken");
  const started = await repository.fetch("/blobs/uploads/", { method: "POST" });
  const location = new URL(started.headers.get("location") ?? "");
  const headers = { ...repository.headers, "content-length": 100 };
  const upload = request(location, { method: "PATCH", headers });
  upload.on("error", () => {});
  upload.write("0123456789");
  await new Promise((resolve) => setTimeout(resolve, 100));
  upload.destroy();
  const retry = () =>
    repository.fetch(location.href, { method: "PATCH", body: "0123456789" }).then((r) => r.text());
  await expect.poll(retry).toContain("First byte of the layer part is 0 instead of 10");
});
