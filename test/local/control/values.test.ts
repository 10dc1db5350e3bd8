import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import {
  ecrClient,
  ociManifest,
  openRepository,
  refusal,
  repositoryClient,
  sha256,
} from "../registry.ts";

let ecr: LocalEcr;
let client: sdk.ECRClient;
const repositoryName = "team/app";
const day = 86_400_000;

beforeAll(async () => {
  ecr = await startLocalEcr();
  client = ecrClient(ecr);
  await openRepository(client, repositoryName);
});
afterAll(() => ecr.close());

describe("repositories", () => {
  test("have ECR's defaults", async () => {
    const made = await client.send(new sdk.CreateRepositoryCommand({ repositoryName: "plain" }));
    expect(made.repository).toMatchObject({
      repositoryArn: "arn:aws:ecr:us-east-1:123456789012:repository/plain",
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: "AES256" },
    });
    const gone = await client.send(new sdk.DeleteRepositoryCommand({ repositoryName: "plain" }));
    expect(gone.repository).toEqual(made.repository);
  });

  test("encrypted by KMS without a key are so by the account's own, one in each region", async () => {
    const key = async (name: string, region: string) => {
      const input = {
        repositoryName: name,
        encryptionConfiguration: { encryptionType: "KMS" },
      } as const;
      const other = ecrClient(ecr, { region });
      const { repository } = await other.send(new sdk.CreateRepositoryCommand(input));
      return repository?.encryptionConfiguration?.kmsKey ?? "";
    };
    const managed = await key("kms-one", "eu-central-1");
    expect(managed).toMatch(
      /^arn:aws:kms:eu-central-1:123456789012:key\/[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/,
    );
    expect(await key("kms-two", "eu-central-1")).toBe(managed);
    expect(await key("kms-one", "eu-west-1")).not.toBe(managed);
  });

  test("of another account are another account's", async () => {
    const ask = new sdk.DescribeRepositoriesCommand({ registryId: "109876543210" });
    expect((await client.send(ask)).repositories).toEqual([]);
  });
});

describe("resource policies", () => {
  const statement = {
    Sid: "root",
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::123456789012:root" },
    Action: ["ecr:DescribeImages"],
  };
  const text = (...statements: object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const set = (policyText: string) =>
    client.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
  const put = (policyText: string) => client.send(new sdk.PutRegistryPolicyCommand({ policyText }));
  const constraint =
    "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint:";

  test("of a repository are kept as they are, and given back", async () => {
    const policyText = text(statement, { ...statement, Sid: "two", Action: "ecr:*" });
    const kept = { registryId: "123456789012", repositoryName, policyText };
    expect(await set(policyText)).toMatchObject(kept);
    const get = new sdk.GetRepositoryPolicyCommand({ repositoryName });
    expect(await client.send(get)).toMatchObject(kept);
    const drop = new sdk.DeleteRepositoryPolicyCommand({ repositoryName });
    expect(await client.send(drop)).toMatchObject(kept);
    expect(await refusal(client.send(get))).toMatch(/^RepositoryPolicyNotFoundException/);
  });

  const { Principal: _, ...nobody } = statement;
  test.each([
    ["no JSON", "{"],
    ["no statement", text()],
    ["an effect alone", text({ Effect: "Allow" })],
    ["nobody", text(nobody)],
    ["another effect", text({ ...statement, Effect: "allow" })],
    ["another service's action", text({ ...statement, Action: "s3:GetObject" })],
    ["a resource, which is the repository already", text({ ...statement, Resource: "*" })],
    ["another version", JSON.stringify({ Version: "2020-01-01", Statement: [statement] })],
  ])("of a repository are refused: %s", async (_name, policyText) => {
    expect(await refusal(set(policyText))).toBe(
      `${constraint} 'Invalid repository policy provided'`,
    );
  });

  test.each(["ecr:CreateRepository", ["ecr:CreateRepository", "ecr:ReplicateImage"]])(
    "of a registry name their resources: %j",
    async (Action) => {
      const policyText = text({ ...statement, Action, Resource: "*" });
      expect(await put(policyText)).toMatchObject({ registryId: "123456789012", policyText });
      const dropped = await client.send(new sdk.DeleteRegistryPolicyCommand({}));
      expect(dropped.policyText).toBe(policyText);
      expect(await refusal(put(text({ ...statement, Action })))).toBe(
        `${constraint} 'Invalid registry policy provided'`,
      );
    },
  );
});

describe("images", () => {
  const put = (input: Partial<sdk.PutImageCommandInput>) => {
    const whole = { repositoryName, imageManifestMediaType: ociManifest, ...input };
    return client.send(new sdk.PutImageCommand(whole as sdk.PutImageCommandInput));
  };
  const manifestOf = async (content: string, more: object = {}, layerType = "text/plain") => {
    const plane = await repositoryClient(client, repositoryName);
    const config = await plane.pushBlob(`{"of":"${content}"}`);
    const layer = { ...(await plane.pushBlob(content)), mediaType: layerType };
    const known = { ...config, mediaType: "application/vnd.oci.image.config.v1+json" };
    const manifest = { schemaVersion: 2, mediaType: ociManifest, config: known, layers: [layer] };
    return JSON.stringify({ ...manifest, ...more });
  };
  const described = async (imageId: sdk.ImageIdentifier) => {
    const ask = new sdk.DescribeImagesCommand({ repositoryName, imageIds: [imageId] });
    return (await client.send(ask)).imageDetails?.[0];
  };

  test("pushed twice under two names are one image with both", async () => {
    const imageManifest = await manifestOf("two names");
    const { image } = await put({ imageManifest });
    expect(image?.imageId).toEqual({ imageDigest: sha256(imageManifest) });
    for (const imageTag of ["v1", "v2"]) await put({ imageManifest, imageTag });
    expect((await described({ imageTag: "v2" }))?.imageTags).toEqual(["v1", "v2"]);
    const again = `Image with digest '${sha256(imageManifest)}' and tag 'v2' already exists in the repository with name 'team/app' in registry with id '123456789012'`;
    expect(await refusal(put({ imageManifest, imageTag: "v2" }))).toBe(
      `ImageAlreadyExistsException: ${again}`,
    );
  });

  test("lose a tag to the next one, and are untagged then", async () => {
    const [first, second] = [await manifestOf("first"), await manifestOf("second")];
    for (const imageManifest of [first, second]) await put({ imageManifest, imageTag: "moving" });
    expect((await described({ imageTag: "moving" }))?.imageDigest).toBe(sha256(second));
    expect(await described({ imageDigest: sha256(first) })).not.toHaveProperty("imageTags");
  });

  test("are deleted whole by their digest, whichever tag stands beside it", async () => {
    const imageManifest = await manifestOf("deleted");
    const tags = ["d1", "d2", "d3"];
    for (const imageTag of tags) await put({ imageManifest, imageTag });
    const imageDigest = sha256(imageManifest);
    const remove = (imageId: object) =>
      client.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [imageId] }));
    expect((await remove({ imageDigest, imageTag: "other" })).failures).toEqual([
      {
        imageId: { imageDigest, imageTag: "other" },
        failureCode: "ImageNotFound",
        failureReason: "Requested image not found",
      },
    ]);
    const { imageIds, failures } = await remove({ imageDigest, imageTag: "d1" });
    expect(imageIds).toEqual(tags.map((imageTag) => ({ imageDigest, imageTag })));
    expect(failures).toEqual([]);
  });

  test.each([
    [
      "sha256:no",
      "InvalidImageDigest",
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    ],
    [
      undefined,
      "MissingDigestAndTag",
      "Invalid request parameters: both tag and digest cannot be null",
    ],
  ])("are not deleted by %s", async (imageDigest, failureCode, failureReason) => {
    const input = { repositoryName, imageIds: [{ imageDigest }] };
    const { failures } = await client.send(new sdk.BatchDeleteImageCommand(input));
    expect(failures?.[0]).toMatchObject({ failureCode, failureReason });
  });

  test("of content with parameters in its type are not to ECR's taste", async () => {
    const bundle = "application/vnd.dev.sigstore.bundle+json;version=0.2";
    const taste = /'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'/;
    const typed = await manifestOf("typed", { artifactType: bundle });
    expect(await refusal(put({ imageManifest: typed }))).toMatch(taste);
    expect(await refusal(put({ imageManifest: await manifestOf("in", {}, bundle) }))).toMatch(
      taste,
    );
    const plain = "application/vnd.dev.sigstore.bundle.v0.3+json";
    const taken = await manifestOf("plain", { artifactType: plain }, plain);
    expect((await put({ imageManifest: taken })).image?.imageId?.imageDigest).toBe(sha256(taken));
  });
});

describe("an upload", () => {
  const initiate = async (name: string) => {
    const begin = new sdk.InitiateLayerUploadCommand({ repositoryName: name });
    return (await client.send(begin)).uploadId ?? "";
  };
  const upload = (name: string, uploadId: string) => {
    const layerPartBlob = Buffer.from("part");
    const input = { repositoryName: name, uploadId, partFirstByte: 0, partLastByte: 3 };
    return client.send(new sdk.UploadLayerPartCommand({ ...input, layerPartBlob }));
  };

  test("ends with its repository, by both planes", async () => {
    const plane = await openRepository(client, "dropped");
    const begun = await plane.fetch("/blobs/uploads/", { method: "POST" });
    const uploadId = await initiate("dropped");
    await client.send(new sdk.DeleteRepositoryCommand({ repositoryName: "dropped" }));
    await openRepository(client, "dropped");
    const patch = { method: "PATCH", body: "part" };
    const gone = await plane.fetch(begun.headers.get("location") ?? "", patch);
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN" }] });
    expect(await refusal(upload("dropped", uploadId))).toMatch(/^UploadNotFoundException/);
  });

  test("ends when nobody goes on with it for a day", async () => {
    await using other = await startLocalEcr();
    client = ecrClient(other);
    await openRepository(client, "idle");
    const [idle, used] = [await initiate("idle"), await initiate("idle")];
    other.advance(day / 2);
    await upload("idle", used);
    other.advance(day / 2 + 1);
    expect(await refusal(upload("idle", idle))).toMatch(/^UploadNotFoundException/);
    const layerDigests = [sha256("part")];
    const end = { repositoryName: "idle", uploadId: used, layerDigests };
    const { layerDigest } = await client.send(new sdk.CompleteLayerUploadCommand(end));
    expect(layerDigest).toBe(layerDigests[0]);
    client = ecrClient(ecr);
  });
});
