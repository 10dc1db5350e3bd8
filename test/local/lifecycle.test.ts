import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeImagesCommand,
  GetLifecyclePolicyCommand,
  ListImagesCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  indexOf,
  manifestOf,
  ociIndex,
  openRepository,
  type RepositoryClient,
  repositoryClient,
} from "./registry.ts";

const repositoryName = "team/app";
const day = 86_400_000;
const start = Date.parse("2026-03-01T12:00:00Z");
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
let repository: RepositoryClient;

beforeEach(async () => {
  ecr = await startLocalEcr({ now: () => new Date(start) });
  client = ecrClient(ecr);
  repository = await openRepository(client, repositoryName);
});
afterEach(() => ecr.close());

/** Days later, with a token that is still good. */
async function advance(days: number): Promise<void> {
  ecr.advance(days * day);
  repository = await repositoryClient(client, repositoryName);
}

async function putPolicy(...rules: object[]): Promise<void> {
  const numbered = rules.map((rule, at) => ({ rulePriority: at + 1, ...rule }));
  const lifecyclePolicyText = JSON.stringify({ rules: numbered });
  await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
}

async function digests(imageStatus?: "ANY" | "ARCHIVED" | "ACTIVATING"): Promise<string[]> {
  const filter = imageStatus && { imageStatus };
  const ask = new DescribeImagesCommand({ repositoryName, ...(filter && { filter }) });
  const { imageDetails } = await client.send(ask);
  return (imageDetails ?? []).map(({ imageDigest }) => imageDigest ?? "");
}

async function evaluatedAt(): Promise<Date | undefined> {
  const { lastEvaluatedAt } = await client.send(new GetLifecyclePolicyCommand({ repositoryName }));
  return lastEvaluatedAt;
}

const older = (countNumber: number, more: object = {}) => ({
  selection: {
    tagStatus: "any",
    countType: "sinceImagePushed",
    countUnit: "days",
    countNumber,
    ...more,
  },
  action: { type: "expire" },
});
const archiveOlder = (countNumber: number) => ({
  ...older(countNumber),
  action: { type: "transition", targetStorageClass: "archive" },
});
describe("a lifecycle policy", () => {
  test("runs a day after it was put, and every day from then on", async () => {
    await putPolicy(older(10));
    expect(await evaluatedAt()).toEqual(new Date(0));
    ecr.advance(day - 1);
    expect(await evaluatedAt()).toEqual(new Date(0));
    ecr.advance(1);
    expect(await evaluatedAt()).toEqual(new Date(start + day));
    ecr.advance(2.5 * day);
    expect(await evaluatedAt()).toEqual(new Date(start + 3 * day));
    await putPolicy(older(11));
    expect(await evaluatedAt()).toEqual(new Date(0));
  });

  test("expires images when they are older, at the next run, with their tags", async () => {
    await putPolicy(older(10));
    const first = await repository.pushImage("first", "1.0");
    await advance(4);
    const second = await repository.pushImage("second", "1.1");
    await advance(6);
    expect(await digests()).toEqual([first.digest, second.digest]);
    await advance(1);
    expect(await digests()).toEqual([second.digest]);
    expect((await repository.fetch("/manifests/1.0")).status).toBe(404);
    await advance(30);
    expect(await digests()).toEqual([]);
  });

  test("leaves what an index lists until the index is gone", async () => {
    const child = await repository.pushImage("child");
    await advance(5);
    const index = indexOf([child]);
    await repository.putManifest(index, { type: ociIndex, reference: "1.0" });
    await putPolicy(older(7));
    await advance(4);
    expect(await digests()).toHaveLength(2);
    await advance(4);
    expect(await digests()).toEqual([child.digest]);
    await advance(1);
    expect(await digests()).toEqual([]);
  });

  test("takes referrers along with their subject", async () => {
    const subject = await repository.pushImage("subject", "1.0");
    const config = await repository.pushBlob("{}");
    await advance(6);
    const referrer = manifestOf(config, [], { subject, artifactType: "application/example" });
    await repository.putManifest(referrer);
    await repository.pushImage("bystander", "2.0");
    await putPolicy(older(10));
    await advance(5);
    const { imageIds } = await client.send(new ListImagesCommand({ repositoryName }));
    expect(imageIds?.map(({ imageTag }) => imageTag)).toEqual(["2.0"]);
  });

  test("archives, and expires from the archive", async () => {
    await putPolicy(archiveOlder(10), {
      selection: {
        tagStatus: "any",
        storageClass: "archive",
        countType: "sinceImageTransitioned",
        countUnit: "days",
        countNumber: 90,
      },
      action: { type: "expire" },
    });
    const { digest } = await repository.pushImage("old", "1.0");
    await advance(11);
    expect(await digests()).toEqual([]);
    expect(await digests("ARCHIVED")).toEqual([digest]);
    await advance(90);
    expect(await digests("ARCHIVED")).toEqual([digest]);
    await advance(1);
    expect(await digests("ANY")).toEqual([]);
  });

  test("is run for every day that passed while the server was off, and the clock goes on from there", async () => {
    const dir = mkdtempSync(join(tmpdir(), "lifecycle-"));
    try {
      const now = () => new Date(start);
      await using first = await startLocalEcr({ dir, now });
      const there = ecrClient(first);
      const app = await openRepository(there, repositoryName);
      await app.pushImage("old", "1.0");
      const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, ...older(3) }] });
      await there.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
      first.advance(day / 2);
      await first.close();
      const later = () => new Date(start + 4 * day);
      await using second = await startLocalEcr({ dir, now: later });
      expect(second.now()).toEqual(new Date(start + 4.5 * day));
      const ask = new DescribeImagesCommand({ repositoryName });
      const { imageDetails } = await ecrClient(second).send(ask);
      expect(imageDetails).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("follows a clock that is moved from outside", async () => {
    let time = start;
    await using moved = await startLocalEcr({ now: () => new Date(time) });
    const there = ecrClient(moved);
    const app = await openRepository(there, repositoryName);
    await app.pushImage("old", "1.0");
    const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, ...older(3) }] });
    await there.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    time += 5 * day;
    const { imageIds } = await there.send(new ListImagesCommand({ repositoryName }));
    expect(imageIds).toEqual([]);
  });

  test("cannot be run by a clock that goes back", () => {
    expect(() => ecr.advance(-1)).toThrow("the clock cannot be moved by -1 milliseconds");
    expect(() => ecr.advance(Number.NaN)).toThrow("the clock cannot be moved");
  });
});
