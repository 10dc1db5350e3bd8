import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, openRepository, refusal } from "./registry.ts";

let ecr: LocalEcr;
const time = Date.parse("2026-03-01T12:00:00.250Z");
let client: ReturnType<typeof ecrClient>;
const repositoryName = "team/app";

beforeAll(async () => {
  ecr = await startLocalEcr({ now: () => new Date(time) });
  client = ecrClient(ecr);
  await openRepository(client, repositoryName);
});
afterAll(() => ecr.close());

describe("repositories", () => {
  test("are created with what was asked, and described", async () => {
    const { repository: made } = await client.send(
      new CreateRepositoryCommand({
        repositoryName: "made",
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest*" }],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: "KMS", kmsKey: "alias/a" },
        tags: [{ Key: "team", Value: "blue" }],
      }),
    );
    expect(made).toEqual({
      repositoryArn: "arn:aws:ecr:us-east-1:123456789012:repository/made",
      registryId: "123456789012",
      repositoryName: "made",
      repositoryUri: expect.stringMatching(/^127\.0\.0\.1:\d+\/made$/),
      createdAt: new Date(time),
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest*" }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: "KMS", kmsKey: "alias/a" },
    });
    const ask = new DescribeRepositoriesCommand({ repositoryNames: ["made"] });
    expect((await client.send(ask)).repositories).toEqual([made]);
  });

  test("are listed in pages whose tokens are checked", async () => {
    const region = "ap-south-1";
    const other = ecrClient(ecr, { region });
    for (const name of ["aa", "bb", "cc"]) {
      await other.send(new CreateRepositoryCommand({ repositoryName: name }));
    }
    const page = (nextToken?: string) =>
      other.send(new DescribeRepositoriesCommand({ maxResults: 2, nextToken }));
    const first = await page();
    expect(first.repositories?.map((entry) => entry.repositoryName)).toEqual(["aa", "bb"]);
    await other.send(new DeleteRepositoryCommand({ repositoryName: "bb" }));
    const second = await page(first.nextToken);
    expect(second.repositories?.map((entry) => entry.repositoryName)).toEqual(["cc"]);
    expect(second.nextToken).toBeUndefined();
    expect(await refusal(page(`${first.nextToken}x`))).toContain("InvalidParameterException");
    const images = new ListImagesCommand({ repositoryName: "aa", nextToken: first.nextToken });
    expect(await refusal(other.send(images))).toContain("InvalidParameterException");
  });

  test("have tags", async () => {
    const resourceArn = "arn:aws:ecr:us-east-1:123456789012:repository/made";
    const Tags = [
      { Key: "team", Value: "red" },
      { Key: "a", Value: "b" },
    ];
    await client.send(new TagResourceCommand({ resourceArn, tags: Tags }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: "team", Value: "red" }]);
    const many = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: "" }));
    const tooMany = client.send(new TagResourceCommand({ resourceArn, tags: many }));
    expect(await refusal(tooMany)).toContain("TooManyTagsException");
    const half = [{ Key: "a" } as { Key: string; Value: string }];
    const noValue = client.send(new TagResourceCommand({ resourceArn, tags: half }));
    expect(await refusal(noValue)).toMatch(/^InvalidParameterException.*'tags.*Value'/);
  });
});

describe("lifecycle policies", () => {
  const rule = (rulePriority: number, tagStatus: string) => ({
    rulePriority,
    selection: { tagStatus, countType: "imageCountMoreThan", countNumber: 10 },
    action: { type: "expire" },
  });
  const put = (policy: unknown, space?: number) =>
    client.send(
      new PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText:
          typeof policy === "string" ? policy : JSON.stringify(policy, null, space),
      }),
    );

  test("are kept minified, in the order of their rules, and never evaluated is the epoch", async () => {
    const rules = [rule(2, "any"), rule(1, "untagged")];
    await put({ rules }, 2);
    const { lifecyclePolicyText: kept, lastEvaluatedAt } = await client.send(
      new GetLifecyclePolicyCommand({ repositoryName }),
    );
    expect(kept).toBe(JSON.stringify({ rules: rules.toReversed() }));
    expect(lastEvaluatedAt).toEqual(new Date(0));
  });

  const schema = "instance failed to match exactly one schema (matched 0 out of 2)";
  test.each([
    ["not JSON", "x".repeat(100), "Could not map policyString into LifecyclePolicy."],
    ["a list", [rule(1, "any")], "Could not map policyString into LifecyclePolicy."],
    ["an empty list of rules", `{"rules":[]${" ".repeat(100)}}`, "failure: rules: rules is empty"],
    ["null", { rules: [{ ...rule(1, "any"), description: null }] }, schema],
    [
      "null in an action",
      { rules: [{ ...rule(1, "any"), action: { type: "expire", targetStorageClass: null } }] },
      "(matched 0 out of 2)",
    ],
    [
      "an age without a unit",
      {
        rules: [
          {
            ...rule(1, "any"),
            selection: { tagStatus: "any", countType: "sinceImagePushed", countNumber: 1 },
          },
        ],
      },
      "(matched 0 out of 4)",
    ],
    [
      "no rules",
      { rule: [rule(1, "any")] },
      'properties which are not allowed by the schema: (["rule"])',
    ],
    [
      "any first",
      { rules: [rule(1, "any"), rule(2, "untagged")] },
      "must have the lowest priority",
    ],
    [
      "untagged twice",
      { rules: [rule(1, "untagged"), rule(2, "untagged")] },
      "Only one rule can select Untagged",
    ],
    [
      "tagged without list",
      { rules: [rule(1, "tagged")] },
      "Must specify tagPrefixList or tagPatternList",
    ],
  ])("are refused: %s", async (_, policy, sentence) => {
    const message = await refusal(put(policy));
    expect(message).toContain(
      "InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ",
    );
    expect(message).toContain(sentence);
  });
});
