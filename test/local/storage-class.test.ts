import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  UpdateImageStorageClassCommand,
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
  refusal,
} from "./registry.ts";

const repositoryName = "team/app";
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

async function digests(imageStatus?: "ANY" | "ARCHIVED" | "ACTIVATING"): Promise<string[]> {
  const filter = imageStatus && { imageStatus };
  const ask = new DescribeImagesCommand({ repositoryName, ...(filter && { filter }) });
  const { imageDetails } = await client.send(ask);
  return (imageDetails ?? []).map(({ imageDigest }) => imageDigest ?? "");
}

const transition = (imageDigest: string, targetStorageClass: "ARCHIVE" | "STANDARD") =>
  client.send(
    new UpdateImageStorageClassCommand({
      repositoryName,
      imageId: { imageDigest },
      targetStorageClass,
    }),
  );

describe("an archived image", () => {
  test("cannot be pulled, is shown when asked for, and comes back", async () => {
    const image = await repository.pushImage("image", "1.0");
    const { digest } = image;
    expect((await transition(digest, "ARCHIVE")).imageStatus).toBe("ARCHIVED");
    expect((await transition(digest, "ARCHIVE")).imageStatus).toBe("ARCHIVED");
    const pull = await repository.fetch("/manifests/1.0");
    expect(pull.status).toBe(404);
    expect(await pull.json()).toMatchObject({ errors: [{ code: "MANIFEST_UNKNOWN" }] });
    expect(await digests()).toEqual([]);
    const imageIds = [{ imageDigest: digest }];
    const got = await client.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    expect(got.failures?.[0]?.failureCode).toBe("ImageInaccessible");
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds }),
    );
    expect(imageDetails?.[0]).toMatchObject({
      imageStatus: "ARCHIVED",
      lastArchivedAt: new Date(start),
    });
    expect((await transition(digest, "STANDARD")).imageStatus).toBe("ACTIVATING");
    expect(await digests("ACTIVATING")).toEqual([digest]);
    expect((await repository.fetch("/manifests/1.0")).status).toBe(404);
    ecr.advance(60_000);
    expect(await digests()).toEqual([digest]);
    expect((await repository.fetch("/manifests/1.0")).status).toBe(200);
  });

  test("is back at once when it is pushed again", async () => {
    const image = await repository.pushImage("image", "1.0");
    const imageManifest = await (await repository.fetch("/manifests/1.0")).text();
    await transition(image.digest, "ARCHIVE");
    await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "1.0" }));
    expect(await digests()).toEqual([image.digest]);
  });

  test("says of its layers that they are archived, unless another image uses them", async () => {
    const shared = await repository.pushBlob("shared");
    const own = await repository.pushBlob("own");
    const config = await repository.pushBlob("{}");
    const one = manifestOf(config, [shared, own]);
    await repository.putManifest(one, { reference: "one" });
    await repository.putManifest(manifestOf(config, [shared]), { reference: "two" });
    const { imageIds } = await client.send(new ListImagesCommand({ repositoryName }));
    const digest = imageIds?.find(({ imageTag }) => imageTag === "one")?.imageDigest ?? "";
    await transition(digest, "ARCHIVE");
    const layerDigests = [shared.digest, own.digest];
    const ask = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
    const { layers } = await client.send(ask);
    expect(layers?.map(({ layerAvailability }) => layerAvailability)).toEqual([
      "AVAILABLE",
      "ARCHIVED",
    ]);
  });

  test("cannot be one that an index lists", async () => {
    const child = await repository.pushImage("child");
    await repository.putManifest(indexOf([child]), { type: ociIndex, reference: "1.0" });
    expect(await refusal(transition(child.digest, "ARCHIVE"))).toMatch(
      /^ImageStorageClassUpdateNotSupportedException: /,
    );
  });
});

test("referrers are listed by the API, by type and status, in pages", async () => {
  const subject = await repository.pushImage("subject", "1.0");
  const config = await repository.pushBlob("{}");
  const refer = async (artifactType: string, number: number) => {
    const annotations = { number: String(number) };
    const body = manifestOf(config, [], { subject, artifactType, annotations });
    await repository.putManifest(body);
  };
  for (const number of [1, 2, 3]) await refer("application/one", number);
  await refer("application/two", 4);
  const ask = (more: object) =>
    client.send(
      new ListImageReferrersCommand({
        repositoryName,
        subjectId: { imageDigest: subject.digest },
        ...more,
      }),
    );
  const numbers = ({ referrers }: Awaited<ReturnType<typeof ask>>) =>
    referrers?.map(({ annotations }) => annotations?.number);
  const first = await ask({ maxResults: 3 });
  expect(numbers(first)).toEqual(["1", "2", "3"]);
  expect(first.referrers?.[0]).toMatchObject({
    artifactType: "application/one",
    artifactStatus: "ACTIVE",
    mediaType: "application/vnd.oci.image.manifest.v1+json",
  });
  expect(numbers(await ask({ nextToken: first.nextToken }))).toEqual(["4"]);
  expect(numbers(await ask({ filter: { artifactTypes: ["application/two"] } }))).toEqual(["4"]);
  await transition(first.referrers?.[0]?.digest ?? "", "ARCHIVE");
  expect(numbers(await ask({}))).toEqual(["2", "3", "4"]);
  expect(numbers(await ask({ filter: { artifactStatus: "ARCHIVED" } }))).toEqual(["1"]);
  expect(await refusal(ask({ maxResults: 51 }))).toMatch(/^InvalidParameterException/);
});
