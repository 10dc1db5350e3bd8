import { BatchGetImageCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyQuotas } from "../../src/local/quotas.ts";
import type { Image } from "../../src/local/repository.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { ecrClient, errorOf, refusal, repositoryClient } from "./registry.ts";

let ecr: LocalEcr;
const repositoryName = "team/app";
const tags = Array.from({ length: 999 }, (_, at) => `t${at}`);

beforeAll(async () => {
  ecr = await startLocalEcr({
    seed: { repositories: [{ name: repositoryName, images: [{ tags, bytes: 100 }] }] },
  });
});
afterAll(() => ecr.close());

test("an image has a thousand tags at most, by either plane", async () => {
  const client = ecrClient(ecr);
  const ask = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "t0" }] });
  const imageManifest = (await client.send(ask)).images?.[0]?.imageManifest;
  const put = (imageTag: string) =>
    client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
  await put("last");
  const beyond = (tag: string) =>
    `Adding tag '${tag}' to an image in the repository with name 'team/app' in registry with id '123456789012' exceeds the maximum allowed number of tags per image which is '1000'`;
  expect(await refusal(put("more"))).toBe(`LimitExceededException: ${beyond("more")}`);
  expect(await refusal(put("t5"))).toMatch(/^ImageAlreadyExistsException/);
  const repository = await repositoryClient(client, repositoryName);
  const pushed = await repository.putManifest(imageManifest ?? "", { reference: "more" });
  expect(await errorOf(pushed)).toEqual({ status: 403, code: "DENIED", message: beyond("more") });
  const again = await repository.putManifest(imageManifest ?? "", { reference: "t5" });
  expect(again.status).toBe(201);
});

test("an image that has more tags than that, as by --spec, gets no other", () => {
  const digest: Digest = `sha256:${"0".repeat(64)}`;
  const tags = new Set(Array.from({ length: 1001 }, (_, at) => `t${at}`));
  const images = new Map([[digest, { tags } as unknown as Image]]);
  const push = (tag: string) => () =>
    verifyQuotas(
      { account: "123456789012" },
      { name: "team/app", images },
      { digest, tags: [tag] },
    );
  expect(push("more")).toThrow("Adding tag 'more' to an image");
  expect(push("t5")).not.toThrow();
});

test("a repository has a hundred thousand images at most, and archived ones do not count", () => {
  const digestOf = (at: number): Digest => `sha256:${String(at).padStart(64, "0")}`;
  const images = new Map<Digest, Image>();
  const image = { tags: new Set() } as unknown as Image;
  for (let at = 0; at < 100_000; at += 1) images.set(digestOf(at), image);
  const push = (digest: Digest) => () =>
    verifyQuotas({ account: "123456789012" }, { name: "team/app", images }, { digest, tags: [] });
  expect(push(digestOf(100_000))).toThrow(
    "The repository with name 'team/app' in registry with id '123456789012' already has the maximum allowed number of images which is '100000'",
  );
  expect(push(digestOf(7))).not.toThrow();
  images.set(digestOf(7), { ...image, isArchived: true });
  expect(push(digestOf(100_000))).not.toThrow();
  images.set(digestOf(100_000), image);
  expect(push(digestOf(7))).toThrow(/maximum allowed number of images/);
});
