import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import { ecrClient, ociManifest, openRepository, sha256 } from "../registry.ts";

let ecr: LocalEcr;
let client: sdk.ECRClient;
let digest: string;

beforeAll(async () => {
  ecr = await startLocalEcr();
  client = ecrClient(ecr);
  const repository = await openRepository(client, "there");
  digest = (await repository.pushImage("an image", "latest")).digest;
});
afterAll(() => ecr.close());

const policyText = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: ["ecr:DescribeImages"] }],
});
const selection = { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 30 };
const rule = { rulePriority: 1, selection, action: { type: "expire" } };
const lifecyclePolicyText = JSON.stringify({ rules: [rule] });
const imageId = { imageTag: "latest" };
const resourceArn = "arn:aws:ecr:us-east-1:123456789012:repository/not-there";
const uploadId = "00000000-0000-0000-0000-000000000000";
const layerDigest = sha256("a layer");
const part = { uploadId, partFirstByte: 0, partLastByte: 0, layerPartBlob: new Uint8Array(1) };

/** Every operation that names a repository, with the rest of what it needs. */
const within: Readonly<Record<string, object>> = {
  BatchCheckLayerAvailability: { layerDigests: [layerDigest] },
  BatchDeleteImage: { imageIds: [imageId] },
  BatchGetImage: { imageIds: [imageId] },
  CompleteLayerUpload: { uploadId, layerDigests: [layerDigest] },
  DeleteLifecyclePolicy: {},
  DeleteRepository: {},
  DeleteRepositoryPolicy: {},
  DescribeImageReplicationStatus: { imageId },
  DescribeImageScanFindings: { imageId },
  DescribeImages: {},
  GetDownloadUrlForLayer: { layerDigest },
  GetLifecyclePolicy: {},
  GetLifecyclePolicyPreview: {},
  GetRepositoryPolicy: {},
  InitiateLayerUpload: {},
  ListImageReferrers: { subjectId: { imageDigest: layerDigest } },
  ListImages: {},
  PutImage: { imageManifest: "{}", imageManifestMediaType: ociManifest },
  PutImageScanningConfiguration: { imageScanningConfiguration: { scanOnPush: true } },
  PutImageTagMutability: { imageTagMutability: "IMMUTABLE" },
  PutLifecyclePolicy: { lifecyclePolicyText },
  SetRepositoryPolicy: { policyText },
  StartImageScan: { imageId },
  StartLifecyclePolicyPreview: { lifecyclePolicyText },
  UpdateImageStorageClass: { imageId, targetStorageClass: "ARCHIVE" },
  UploadLayerPart: part,
};
const byArn: Readonly<Record<string, object>> = {
  ListTagsForResource: {},
  TagResource: { tags: [{ Key: "a", Value: "b" }] },
  UntagResource: { tagKeys: ["a"] },
};

const commands: Readonly<Record<string, unknown>> = { ...sdk };

async function send(operation: string, input: object): Promise<object> {
  const Command = commands[`${operation}Command`] as typeof sdk.ListImagesCommand;
  return await client
    .send(new Command(input as sdk.ListImagesCommandInput))
    .catch((error) => error);
}

function refused(name: string, message: string): object {
  const $metadata = expect.objectContaining({ httpStatusCode: 400, requestId: expect.any(String) });
  return expect.objectContaining({ name, message, $metadata });
}

describe("in a repository that is not there", () => {
  const noRepository = refused(
    "RepositoryNotFoundException",
    "The repository with name 'not-there' does not exist in the registry with id '123456789012'",
  );
  test.each(Object.entries(within))("%s", async (operation, more) => {
    expect(await send(operation, { repositoryName: "not-there", ...more })).toEqual(noRepository);
    const registryId = "123456789012";
    const named = { registryId, repositoryName: "not-there", ...more };
    expect(await send(operation, named)).toEqual(noRepository);
  });
  test.each(Object.entries(byArn))("%s, by its ARN", async (operation, more) => {
    expect(await send(operation, { resourceArn, ...more })).toEqual(noRepository);
    expect(await send(operation, { resourceArn: "invalid", ...more })).toEqual(
      refused(
        "InvalidParameterException",
        "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
      ),
    );
  });
  test("DescribeRepositories", async () => {
    const asked = { repositoryNames: ["there", "not-there"] };
    expect(await send("DescribeRepositories", asked)).toEqual(noRepository);
  });
  test.each(Object.entries(within))("of another account: %s", async (operation, more) => {
    const asked = { registryId: "222222222222", repositoryName: "there", ...more };
    expect(await send(operation, asked)).toEqual(
      refused(
        "RepositoryNotFoundException",
        "The repository with name 'there' does not exist in the registry with id '222222222222'",
      ),
    );
  });
});

describe("an image that is not there", () => {
  const asking = ["DescribeImageScanFindings", "StartImageScan", "UpdateImageStorageClass"];
  const all = ["DescribeImageReplicationStatus", ...asking];
  const where = "within the repository with name 'there' in the registry with id '123456789012'";
  test.each(all)("%s", async (operation) => {
    const input = { repositoryName: "there", ...within[operation] };
    const none = await send(operation, { ...input, imageId: { imageTag: "none" } });
    const unknown = `{imageDigest:'null', imageTag:'none'} does not exist ${where}`;
    expect(none).toEqual(refused("ImageNotFoundException", `The image with imageId ${unknown}`));
    const both = { imageDigest: digest, imageTag: "other" };
    const other = `{imageDigest:'${digest}', imageTag:'other'} does not exist ${where}`;
    expect(await send(operation, { ...input, imageId: both })).toEqual(
      refused("ImageNotFoundException", `The image with imageId ${other}`),
    );
  });
});

describe("what was never set", () => {
  const of = "for the repository with name 'there' in the registry with id '123456789012'";
  const noPolicy = (whose: string) =>
    refused(`${whose}PolicyNotFoundException`, `${whose} policy does not exist ${of}`);
  const noRegistryPolicy = refused(
    "RegistryPolicyNotFoundException",
    "Registry policy does not exist in the registry with id '123456789012'",
  );
  const noPreview = refused(
    "LifecyclePolicyPreviewNotFoundException",
    "There is no dry run for this repository",
  );
  test.each([
    ["GetLifecyclePolicy", noPolicy("Lifecycle")],
    ["DeleteLifecyclePolicy", noPolicy("Lifecycle")],
    ["StartLifecyclePolicyPreview", noPolicy("Lifecycle")],
    ["GetLifecyclePolicyPreview", noPreview],
    ["GetRepositoryPolicy", noPolicy("Repository")],
    ["DeleteRepositoryPolicy", noPolicy("Repository")],
    ["GetRegistryPolicy", noRegistryPolicy],
    ["DeleteRegistryPolicy", noRegistryPolicy],
  ])("%s", async (operation, refusal) => {
    expect(await send(operation, { repositoryName: "there" })).toEqual(refusal);
  });
});
