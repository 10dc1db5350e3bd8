import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  type ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutRegistryScanningConfigurationCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, indexOf, ociManifest, openRepository, refusal, sha256 } from "./registry.ts";

let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
const repositoryName = "team/app";
const unknown = sha256("nobody pushed this");

beforeAll(async () => {
  ecr = await startLocalEcr();
  client = ecrClient(ecr);
  const repository = await openRepository(client, repositoryName);
  await repository.pushImage("there", "facts");
  await client.send(new CreateRepositoryCommand({ repositoryName: "made" }));
});
afterAll(() => ecr.close());

const missing = `does not exist in the registry with id '123456789012'`;
const invalid = "InvalidParameterException: Invalid parameter at";

test.each([
  [
    new CreateRepositoryCommand({ repositoryName }),
    "RepositoryAlreadyExistsException: The repository with name 'team/app' already exists in the registry with id '123456789012'",
  ],
  [
    new CreateRepositoryCommand({ repositoryName: "Team" }),
    `${invalid} 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression`,
  ],
  [new CreateRepositoryCommand({ repositoryName: "a" }), `${invalid} 'repositoryName'`],
  [
    new CreateRepositoryCommand({
      repositoryName: "filters",
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    }),
    "'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'",
  ],
  [
    new CreateRepositoryCommand({
      repositoryName: "filters",
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "*a*b*" }],
    }),
    `${invalid} 'imageTagMutabilityExclusionFilters'`,
  ],
  [
    new CreateRepositoryCommand({ repositoryName: "tags", tags: [{ Key: "aws:x", Value: "" }] }),
    "InvalidTagParameterException",
  ],
  [
    new DescribeRepositoriesCommand({ repositoryNames: ["none"] }),
    `RepositoryNotFoundException: The repository with name 'none' ${missing}`,
  ],
  [
    new DeleteRepositoryCommand({ repositoryName }),
    "RepositoryNotEmptyException: The repository with name 'team/app' in registry with id '123456789012' cannot be deleted because it still contains images",
  ],
  [
    new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "none" }] }),
    "ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository with name 'team/app' in the registry with id '123456789012'",
  ],
  [
    new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "1" }], maxResults: 1 }),
    `${invalid} 'maxResults'`,
  ],
  [new DescribeImagesCommand({ repositoryName, maxResults: 1001 }), `${invalid} 'maxResults'`],
  [new BatchGetImageCommand({ repositoryName, imageIds: [] }), `${invalid} 'imageIds'`],
  [
    new GetLifecyclePolicyCommand({ repositoryName: "made" }),
    "LifecyclePolicyNotFoundException: Lifecycle policy does not exist for the repository with name 'made' in the registry with id '123456789012'",
  ],
  [new SetRepositoryPolicyCommand({ repositoryName, policyText: "no" }), `${invalid} 'PolicyText'`],
  [
    new PutImageCommand({ repositoryName, imageManifest: '{"schemaVersion":2}' }),
    `${invalid} 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'`,
  ],
  [
    new PutImageCommand({
      repositoryName,
      imageManifest: indexOf([{ mediaType: ociManifest, digest: unknown, size: 1 }]),
    }),
    `ReferencedImagesNotFoundException: Images with digests '[${unknown}]' required for pushing image into repository with name 'team/app' in the registry with id '123456789012' do not exist`,
  ],
  [
    new BatchGetImageCommand({ repositoryName, imageIds: [] }),
    `${invalid} 'imageIds' failed to satisfy constraint: 'Member must have length greater than or equal to 1'`,
  ],
  [
    new DescribeImagesCommand({ repositoryName, maxResults: 1001 }),
    `${invalid} 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'`,
  ],
  [
    new PutRegistryScanningConfigurationCommand({
      rules: Array(3).fill({ scanFrequency: "MANUAL", repositoryFilters: [] }),
    }),
    `${invalid} 'rules' failed to satisfy constraint: 'Member must have length less than or equal to 2'`,
  ],
  [
    new DescribePullThroughCacheRulesCommand({}),
    "UnsupportedOperation: DescribePullThroughCacheRules is not implemented",
  ],
  [
    new ListTagsForResourceCommand({
      resourceArn: "arn:aws:ecr:us-east-1:123456789012:repository/none",
    }),
    "RepositoryNotFoundException",
  ],
])("refusals name what is wrong: %#", async (command, expected) => {
  expect(await refusal(client.send(command as ListImagesCommand))).toContain(expected);
});

describe("the wire", () => {
  const signed =
    "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0";
  const call = (operation: string, body: string, authorization = signed) =>
    fetch(ecr.endpoint, {
      method: "POST",
      headers: {
        ...(authorization && { authorization }),
        "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
      },
      body,
    });

  test.each([
    ["ListImages", "{", 400, "SerializationException"],
    ["ListImages", "[]", 400, "SerializationException"],
    ["ListImages", '{"repositoryName":7}', 400, "SerializationException"],
    ["ListImages", "{}", 400, "InvalidParameterException"],
    ["ListImages", '{"repositoryName":"none"}', 400, "RepositoryNotFoundException"],
    ["NoSuchOperation", "{}", 400, "UnknownOperationException"],
    ["constructor", "{}", 400, "UnknownOperationException"],
  ])("%s %s: %i %s", async (operation, body, status, type) => {
    const response = await call(operation, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toBe(type);
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(await response.json()).toEqual({ __type: type, message: expect.any(String) });
  });

  test("a call must be signed, and is no larger than it may be", async () => {
    expect((await call("ListImages", "{}", "")).status).toBe(403);
    expect((await call("ListImages", " ".repeat(33 << 20))).status).toBe(413);
    expect((await fetch(ecr.endpoint, { method: "PUT" })).status).toBe(405);
  });
});
