import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, expect, test } from "vitest";
import { askStatus } from "../../src/local/console/client.ts";
import { readSeed } from "../../src/local/seed-file.ts";
import { type Effect, startLocalEcr } from "../../src/local/server.ts";
import { olderThan, policyOf } from "../support/lifecycle-rules.ts";
import { ecrClient, repositoryClient } from "./registry.ts";

const folder = mkdtempSync(join(tmpdir(), "seed-"));
afterAll(() => rmSync(folder, { recursive: true }));

function seedFrom(value: unknown) {
  const file = join(folder, "seed.json");
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return readSeed(file);
}

const day = 86_400_000;
const start = Date.parse("2026-03-01T12:00:00Z");
const lifecyclePolicy = policyOf(olderThan("any", 30));
const seed = {
  repositories: [
    {
      name: "team/app",
      mutability: "IMMUTABLE",
      lifecyclePolicy,
      images: [
        { tags: ["1.1", "latest"], ageDays: 2, bytes: 2_500_000 },
        {
          tags: ["1.0"],
          ageDays: 40,
          pulledDaysAgo: 1,
          platforms: ["linux/amd64", "linux/arm64/v8"],
        },
      ],
    },
    { name: "elsewhere", region: "eu-west-1" },
  ],
};

test("a server starts with what its seed says: repositories, policies, images of ages and sizes", async () => {
  const options = { now: () => new Date(start), seed: seedFrom(seed) };
  await using ecr = await startLocalEcr(options);
  const client = ecrClient(ecr);
  const repositoryName = "team/app";
  const { imageDetails = [] } = await client.send(new DescribeImagesCommand({ repositoryName }));
  const tagged = imageDetails.filter(({ imageTags }) => imageTags);
  expect(tagged).toMatchObject([
    {
      imageTags: ["1.0"],
      imagePushedAt: new Date(start - 40 * day),
      lastRecordedPullTime: new Date(start - day),
    },
    { imageTags: ["1.1", "latest"], imagePushedAt: new Date(start - 2 * day) },
  ]);
  expect(imageDetails).toHaveLength(4);
  expect(tagged[1]?.imageSizeInBytes).toBeGreaterThan(2_500_000);
  const { lifecyclePolicyText } = await client.send(
    new GetLifecyclePolicyCommand({ repositoryName }),
  );
  expect(JSON.parse(lifecyclePolicyText ?? "")).toEqual(lifecyclePolicy);
  const repository = await repositoryClient(client, repositoryName);
  const index = await (await repository.fetch("/manifests/1.0")).json();
  expect(index).toMatchObject({ manifests: [{}, { platform: { variant: "v8" } }] });
  const image = (await (await repository.fetch("/manifests/1.1")).json()) as {
    layers: { digest: string; size: number }[];
  };
  const layer = await repository.fetch(`/blobs/${image.layers[0]?.digest}`);
  expect((await layer.arrayBuffer()).byteLength).toBe(2_500_000);
  const far = ecrClient(ecr, { region: "eu-west-1" });
  const { repositories } = await far.send(new DescribeRepositoriesCommand({}));
  expect(repositories?.map((one) => one.repositoryName)).toEqual(["elsewhere"]);
  ecr.advance(day);
  const later = await client.send(new DescribeImagesCommand({ repositoryName }));
  expect(later.imageDetails?.flatMap(({ imageTags }) => imageTags ?? [])).toEqual([
    "1.1",
    "latest",
  ]);
});

test("the same seed makes the same digests, and what is there already stays", async () => {
  const dir = join(folder, "data");
  const digests = async (options: object) => {
    await using ecr = await startLocalEcr({
      now: () => new Date(start),
      seed: seedFrom(seed),
      ...options,
    });
    const ask = new DescribeImagesCommand({ repositoryName: "team/app" });
    const { imageDetails } = await ecrClient(ecr).send(ask);
    return imageDetails?.map(({ imageDigest }) => imageDigest);
  };
  const first = await digests({ dir });
  expect(await digests({ dir })).toEqual(first);
  expect(await digests({})).toEqual(first);
});

test("images that are described alike are images of their own, and go with their ages", async () => {
  const images = Array.from({ length: 500 }, (_, at) => ({ tags: [`v${at}`], ageDays: at }));
  const options = {
    now: () => new Date(start),
    seed: { repositories: [{ name: "many", images }] },
  };
  await using ecr = await startLocalEcr(options);
  const ask = new DescribeImagesCommand({ repositoryName: "many", maxResults: 1000 });
  const { imageDetails = [] } = await ecrClient(ecr).send(ask);
  expect(new Set(imageDetails.map(({ imageDigest }) => imageDigest)).size).toBe(500);
  const pushed = Object.fromEntries(
    imageDetails.map(({ imageTags, imagePushedAt }) => [imageTags?.[0], imagePushedAt]),
  );
  expect(pushed.v7).toEqual(new Date(start - 7 * day));
});

test("a seed too large to wait for can be stopped, and the next start goes on", async () => {
  const dir = join(folder, "stopped");
  const stopping = new AbortController();
  const images = [{ tags: ["large"], bytes: 50_000 * 2 ** 20 }];
  const large = seedFrom({ repositories: [{ name: "small" }, { name: "large", images }] });
  const starting = startLocalEcr({ dir, seed: large, signal: stopping.signal });
  setTimeout(() => stopping.abort(), 200);
  await expect(starting).rejects.toMatchObject({ code: "INTERRUPTED" });
  await using ecr = await startLocalEcr({ dir });
  const { repositories = [] } = await ecrClient(ecr).send(new DescribeRepositoriesCommand({}));
  expect(repositories.map(({ repositoryName }) => repositoryName)).toEqual(["small"]);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true });
  const sizes = files.map((file) => statSync(join(file.parentPath, file.name)).size);
  expect(Math.max(...sizes)).toBeLessThan(2 ** 20);
});

test.each<[unknown, string]>([
  ["no", "it must be a file of JSON"],
  [{}, "has no list of 'repositories'"],
  [{ repositories: [{}] }, "repository 1, has no 'name'"],
  [{ repositories: [{ name: "Upper" }] }, `has a 'name' that cannot be one: "Upper"`],
  [{ repositories: [{ name: "a1", image: [] }] }, "has 'image', expected name, account"],
  [
    { repositories: [{ name: "a1", images: [{ tags: ["-"] }] }] },
    "repository 1, image 1, has a 'tags'",
  ],
  [
    { repositories: [{ name: "a1", lifecyclePolicy: { rules: "none" } }] },
    "has a lifecycle policy that ECR refuses",
  ],
  [{ repositories: [{ name: "a1", images: [{ bytes: 1e12 }] }] }, "has a 'bytes' that cannot be"],
  [
    { repositories: [{ name: "a1" }, { name: "a2" }, { name: "a1" }] },
    `repository 3, is "a1" once more, as repository 1`,
  ],
])("a seed that is wrong is refused: %j", (value, message) => {
  expect(() => seedFrom(value)).toThrow(message);
});

test("one name in two regions is two repositories", () => {
  const repositories = [{ name: "a1" }, { name: "a1", region: "eu-west-1" }];
  expect(seedFrom({ repositories }).repositories).toHaveLength(2);
});

test("the seed that the page shows can be read", () => {
  const page = readFileSync("src/local/README.md", "utf8");
  const shown = /```json\n(\{\s+"repositories".*?)```/s.exec(page)?.[1] ?? "";
  expect(seedFrom(JSON.parse(shown)).repositories[0]?.name).toBe("team/app");
});

test("a repository may hold more than a call can have arguments", async () => {
  const tagsOf = (image: number) => Array.from({ length: 500 }, (_, at) => `${image}.${at}`);
  const images = Array.from({ length: 400 }, (_, image) => ({ tags: tagsOf(image) }));
  const effects: Effect[] = [];
  await using ecr = await startLocalEcr({
    seed: seedFrom({ repositories: [{ name: "team/app", images }] }),
    onEffect: (effect) => effects.push(effect),
  });
  expect(effects).toMatchObject([
    { number: 1, kinds: ["repository"] },
    { number: 2, kinds: ["blob", "manifest", "tag"], tag: "399.499" },
  ]);
  const { registries } = await askStatus(ecr.endpoint);
  expect(registries[0]?.repositories).toMatchObject([{ images: 400, tags: 200_000 }]);
});
