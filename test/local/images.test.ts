import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  errorOf,
  indexOf,
  ociIndex,
  ociManifest,
  openRepository,
  type RepositoryClient,
  refusal,
  sha256,
} from "./registry.ts";

let ecr: LocalEcr;
let time = Date.parse("2026-03-01T12:00:00.250Z");
let client: ReturnType<typeof ecrClient>;
let repository: RepositoryClient;
const repositoryName = "team/app";
const unknown = sha256("nobody pushed this");

beforeAll(async () => {
  ecr = await startLocalEcr({ now: () => new Date(time) });
  client = ecrClient(ecr);
  repository = await openRepository(client, repositoryName);
});
afterAll(() => ecr.close());

async function manifestText(digest: string): Promise<string> {
  return await (await repository.fetch(`/manifests/${digest}`)).text();
}

describe("images", () => {
  test("have ECR's facts: sizes, times, media types, tags", async () => {
    const image = await repository.pushImage("facts", "facts-1");
    const index = indexOf([image]);
    time += 1000;
    await repository.putManifest(index, { type: ociIndex, reference: "facts" });
    const pushedAt = new Date(time);
    time += 5000;
    await repository.putManifest(index, { type: ociIndex, reference: "facts-again" });
    const imageIds = [{ imageTag: "facts" }, { imageDigest: image.digest }];
    const ask = new DescribeImagesCommand({ repositoryName, imageIds });
    const { imageDetails } = await client.send(ask);
    const imageSizeInBytes = "facts".length + '{"of":"facts"}'.length;
    expect(imageDetails).toEqual([
      {
        registryId: "123456789012",
        repositoryName,
        imageDigest: sha256(index),
        imageTags: ["facts", "facts-again"],
        imageSizeInBytes,
        imagePushedAt: pushedAt,
        imageManifestMediaType: ociIndex,
        imageStatus: "ACTIVE",
      },
      {
        registryId: "123456789012",
        repositoryName,
        imageDigest: image.digest,
        imageTags: ["facts-1"],
        imageSizeInBytes,
        imagePushedAt: new Date(pushedAt.getTime() - 1000),
        imageManifestMediaType: ociManifest,
        artifactMediaType: "application/vnd.oci.image.config.v1+json",
        imageStatus: "ACTIVE",
      },
    ]);
  });

  test("are listed by tag, filtered, in pages", async () => {
    const listed = await openRepository(client, "listed");
    const one = await listed.pushImage("one", "b");
    await listed.pushImage("one", "a");
    const two = await listed.pushImage("two");
    const list = async (input: object) =>
      await client.send(new ListImagesCommand({ repositoryName: "listed", ...input }));
    const tagged = [
      { imageDigest: one.digest, imageTag: "a" },
      { imageDigest: one.digest, imageTag: "b" },
    ];
    const untagged = [{ imageDigest: two.digest }];
    expect((await list({})).imageIds).toEqual([...tagged, ...untagged]);
    expect((await list({ filter: { tagStatus: "TAGGED" } })).imageIds).toEqual(tagged);
    expect((await list({ filter: { tagStatus: "UNTAGGED" } })).imageIds).toEqual(untagged);
    expect((await list({ filter: { imageStatus: "ARCHIVED" } })).imageIds).toEqual([]);
    const first = await list({ maxResults: 1 });
    const next = await list({ maxResults: 2, nextToken: first.nextToken });
    expect([...(first.imageIds ?? []), ...(next.imageIds ?? [])]).toEqual([...tagged, ...untagged]);
    expect(next.nextToken).toBeUndefined();
    const filter = { tagStatus: "TAGGED" };
    const otherwise = list({ maxResults: 2, nextToken: first.nextToken, filter });
    expect(await refusal(otherwise)).toMatch(/^InvalidParameterException: .*'NextToken'/);
    const describe = new DescribeImagesCommand({
      repositoryName: "listed",
      filter: { tagStatus: "UNTAGGED" },
    });
    const { imageDetails } = await client.send(describe);
    expect(imageDetails?.map((detail) => detail.imageDigest)).toEqual([two.digest]);
    expect(imageDetails?.[0]).not.toHaveProperty("imageTags");
  });

  test("are got with their failures beside them", async () => {
    const image = await repository.pushImage("got", "got");
    await repository.pushImage("got other", "got-other");
    const get = (imageIds: object[], acceptedMediaTypes?: string[]) =>
      client.send(new BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes }));
    const { images, failures } = await get([
      { imageTag: "got" },
      { imageTag: "nope" },
      { imageDigest: "sha256:xyz" },
      { imageDigest: image.digest, imageTag: "got-other" },
      {},
    ]);
    expect(images).toEqual([
      {
        registryId: "123456789012",
        repositoryName,
        imageId: { imageDigest: image.digest, imageTag: "got" },
        imageManifest: await manifestText(image.digest),
        imageManifestMediaType: ociManifest,
      },
    ]);
    expect(failures?.map((failure) => failure.failureCode)).toEqual([
      "ImageNotFound",
      "InvalidImageDigest",
      "ImageTagDoesNotMatchDigest",
      "MissingDigestAndTag",
    ]);
    expect(failures?.[2]?.failureReason).toBe(
      "Invalid request parameters: given tag does not map to the given digest",
    );
    expect(failures?.[0]).toEqual({
      imageId: { imageTag: "nope" },
      failureCode: "ImageNotFound",
      failureReason: "Requested image not found",
    });
    expect((await get([{ imageTag: "got" }], [ociManifest])).images).toHaveLength(1);
    expect((await get([{ imageTag: "got" }], [ociIndex])).failures).toHaveLength(1);
  });

  test("are got by digest once for each tag, and by digest and tag once", async () => {
    const { digest: imageDigest } = await repository.pushImage("twice", "twice-1");
    const get = async (imageId: object) => {
      const imageIds = [imageId];
      const got = await client.send(new BatchGetImageCommand({ repositoryName, imageIds }));
      return got.images?.map((image) => image.imageId);
    };
    await repository.pushImage("twice", "twice-2");
    const both = ["twice-1", "twice-2"].map((imageTag) => ({ imageDigest, imageTag }));
    expect(await get({ imageDigest })).toEqual(both);
    expect(await get({ imageDigest, imageTag: "twice-2" })).toEqual([both[1]]);
    expect(await get({ imageDigest: unknown, imageTag: "none" })).toEqual([]);
  });

  test("that several ids of a request name are deleted once, and none of them fails", async () => {
    const { digest: imageDigest } = await repository.pushImage("paired", "paired-1");
    for (const tag of ["paired-2", "paired-3"]) await repository.pushImage("paired", tag);
    const remove = (...imageIds: object[]) =>
      client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    const wrong = { imageDigest: unknown, imageTag: "paired-1" };
    expect((await remove(wrong)).failures).toMatchObject([
      { imageId: wrong, failureCode: "ImageTagDoesNotMatchDigest" },
    ]);
    const ids = ["paired-1", "paired-2", "paired-3"].map((imageTag) => ({ imageDigest, imageTag }));
    const byTag = { imageTag: "paired-1" };
    const gone = await remove(byTag, { imageTag: "paired-1" }, ...ids, { imageDigest });
    expect(gone).toMatchObject({ imageIds: ids, failures: [] });
    expect((await repository.fetch(`/manifests/${imageDigest}`)).status).toBe(404);
  });

  test("are deleted by tag one tag at a time, by digest at once", async () => {
    const image = await repository.pushImage("gone", "gone-1");
    for (const tag of ["gone-2", "gone-3"]) await repository.pushImage("gone", tag);
    const remove = (...imageIds: object[]) =>
      client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    const { digest: imageDigest } = image;
    expect((await remove({ imageTag: "gone-1" })).imageIds).toEqual([
      { imageDigest, imageTag: "gone-1" },
    ]);
    expect((await repository.fetch(`/manifests/${imageDigest}`)).status).toBe(200);
    expect((await remove({ imageDigest })).imageIds).toEqual([
      { imageDigest, imageTag: "gone-2" },
      { imageDigest, imageTag: "gone-3" },
    ]);
    expect((await repository.fetch(`/manifests/${imageDigest}`)).status).toBe(404);
    await repository.pushImage("gone", "last");
    await remove({ imageTag: "last" });
    expect((await repository.fetch(`/manifests/${imageDigest}`)).status).toBe(404);
  });

  test("of an index stay while the index does", async () => {
    const child = await repository.pushImage("kept child");
    const index = indexOf([child]);
    await repository.putManifest(index, { type: ociIndex });
    const remove = (imageDigest: string) =>
      client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
    expect((await remove(child.digest)).failures).toEqual([
      {
        imageId: { imageDigest: child.digest },
        failureCode: "ImageReferencedByManifestList",
        failureReason: `Requested image referenced by manifest list: [${sha256(index)}]`,
      },
    ]);
    expect((await remove(sha256(index))).failures).toEqual([]);
    expect((await remove(child.digest)).failures).toEqual([]);
  });

  test("layers are asked for by digest", async () => {
    const { digest, size } = await repository.pushBlob("a layer");
    const layerDigests = [digest, unknown, "sha256:zz", ""];
    const ask = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
    const { layers, failures } = await client.send(ask);
    expect(layers).toEqual([
      {
        layerDigest: digest,
        layerAvailability: "AVAILABLE",
        layerSize: size,
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      },
      { layerDigest: unknown, layerAvailability: "UNAVAILABLE" },
    ]);
    expect(failures?.map((failure) => failure.failureCode)).toEqual([
      "InvalidLayerDigest",
      "MissingLayerDigest",
    ]);
  });
});

describe("tag immutability", () => {
  test("holds on both planes, but for what is excluded", async () => {
    const name = "locked";
    const locked = await openRepository(client, name);
    const one = await locked.pushImage("one", "1.0");
    await locked.pushImage("one", "latest");
    const two = await locked.pushImage("two");
    await client.send(
      new PutImageTagMutabilityCommand({
        repositoryName: name,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "late*" }],
      }),
    );
    const sentence =
      "The image tag '1.0' already exists in the 'locked' repository and cannot be overwritten because the tag is immutable.";
    const text = async (digest: string) =>
      await (await locked.fetch(`/manifests/${digest}`)).text();
    for (const { digest } of [one, two]) {
      const imageManifest = await text(digest);
      const put = new PutImageCommand({ repositoryName: name, imageManifest, imageTag: "1.0" });
      expect(await refusal(client.send(put))).toBe(`ImageTagAlreadyExistsException: ${sentence}`);
      const response = await locked.putManifest(imageManifest, { reference: "1.0" });
      expect(await errorOf(response)).toEqual({
        status: 400,
        code: "TAG_INVALID",
        message: sentence,
      });
    }
    expect(await text("1.0")).toBe(await text(one.digest));
    const moved = await locked.putManifest(await text(two.digest), { reference: "latest" });
    expect(moved.status).toBe(201);
    expect(await text("latest")).toBe(await text(two.digest));
  });
});

test("PutImage of what is there already is an error, with a digest that lies too", async () => {
  const { digest } = await repository.pushImage("twice", "twice");
  const imageManifest = await manifestText(digest);
  const put = (more: object) =>
    refusal(client.send(new PutImageCommand({ repositoryName, imageManifest, ...more })));
  expect(await put({ imageTag: "twice" })).toBe(
    `ImageAlreadyExistsException: Image with digest '${digest}' and tag 'twice' already exists in the repository with name 'team/app' in registry with id '123456789012'`,
  );
  expect(await put({ imageTag: "thrice", imageDigest: unknown })).toContain(
    "ImageDigestDoesNotMatchException",
  );
  expect(await put({ imageTag: "thrice", imageDigest: digest })).toBe("no error");
});
