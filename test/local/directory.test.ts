import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { journalFile, writeEvents } from "../../src/local/journal.ts";
import type { RepositoryEvent } from "../../src/local/repository.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, ociManifest, sha256 } from "./registry.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-ecr-directory-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A repository of images that share one layer. */
function manyImages(count: number): RepositoryEvent[] {
  const layer = { digest: sha256("layer") as "sha256:", size: 5, addedAt: Date.now() };
  const images = Array.from({ length: count }, (_, at): RepositoryEvent[] => {
    const digest = sha256(String(at)) as "sha256:";
    const facts = { mediaType: ociManifest, manifestBytes: 500, size: 5, pushedAt: at };
    const image = { digest, ...facts, layers: [layer.digest], children: [] };
    return [
      { did: "add-image", image },
      { did: "tag", tag: `t${at}`, digest },
    ];
  });
  const repository = {
    name: "many",
    createdAt: 0,
    encryption: { type: "AES256" },
    mutability: { mutability: "MUTABLE", exclusions: [] },
    scanOnPush: false,
    resourceTags: {},
  } as const;
  return [{ did: "create", repository }, { did: "add-layer", layer }, ...images.flat()];
}

/** What a server was, once it is closed. */
async function closed(starting: Promise<LocalEcr>): Promise<LocalEcr> {
  await using ecr = await starting;
  return ecr;
}

describe("a directory", () => {
  // Nobody can make a directory in /proc, whatever Node tries.
  test.runIf(existsSync("/proc/self"))("that cannot be made is said to hold no data", async () => {
    const started = startLocalEcr({ dir: "/proc/nobody/makes/this" });
    await expect(started).rejects.toThrow(
      "the directory '/proc/nobody/makes/this' cannot hold the local ECR's data",
    );
  });

  test.each([
    ["nobody ever used", undefined],
    ["a killed server left", JSON.stringify({ pid: 2 ** 22 + 1, port: 1, id: "gone" })],
    ["was left amid the writing of its lock", ""],
  ])("that %s goes to one of many who start at once", async (_, lock) => {
    if (lock !== undefined) writeFileSync(join(dir, "lock"), lock);
    const starts = await Promise.allSettled(
      Array.from({ length: 6 }, () => startLocalEcr({ dir })),
    );
    const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    expect(started).toHaveLength(1);
    for (const start of starts) {
      if (start.status === "rejected") expect(start.reason.code).toBe("LOCAL_ECR_FAILED");
    }
    await started[0]?.close();
    expect(readdirSync(dir).filter((name) => name.startsWith("lock"))).toEqual([]);
    await (await startLocalEcr({ dir })).close();
  });

  test("that can no longer be given back keeps no port open", async () => {
    const ecr = await startLocalEcr({ dir });
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "a file where the directory was");
    await expect(ecr.close()).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(fetch(ecr.endpoint)).rejects.toThrow("fetch failed");
  });

  // As in a container that was killed: the next one has its number and its port.
  test.each([false, true])(
    "that a server with the same process id and port left is taken, with TLS: %s",
    async (tls) => {
      const { port } = new URL((await closed(startLocalEcr({ dir }))).endpoint);
      const owner = { pid: process.pid, port: Number(port), id: "gone", tls };
      writeFileSync(join(dir, "lock"), JSON.stringify(owner));
      await using ecr = await startLocalEcr({ dir, port: Number(port), tls });
      expect(new URL(ecr.endpoint).port).toBe(port);
    },
  );

  test("of ten thousand images opens in less than a second of work", async () => {
    const folder = join(dir, "registries", "123456789012", "us-east-1");
    mkdirSync(folder, { recursive: true });
    writeEvents(journalFile(folder, "many"), manyImages(10_000));
    const before = process.cpuUsage();
    await using ecr = await startLocalEcr({ dir });
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
    const input = { repositoryName: "many", imageIds: [{ imageTag: "t9999" }] };
    const { imageDetails } = await ecrClient(ecr).send(new DescribeImagesCommand(input));
    expect(imageDetails?.[0]?.imageDigest).toBe(sha256("9999"));
  });
});
