import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registryActionsOf } from "../../src/local/access.ts";
import { parseDenial } from "../../src/local/denials.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, errorOf, manifestOf, openRepository, refusal } from "./registry.ts";

const user = "arn:aws:iam::123456789012:user/local";
const arn = (name: string) => `arn:aws:ecr:us-east-1:123456789012:repository/${name}`;
const sentence = (action: string, resource: string) =>
  `User: ${user} is not authorized to perform: ecr:${action} on resource: ${resource} because no identity-based policy allows the ecr:${action} action`;

describe("a denied action", () => {
  let ecr: LocalEcr;
  const start = async (...deny: string[]) => {
    ecr = await startLocalEcr({ deny });
    return ecrClient(ecr);
  };
  afterEach(() => ecr.close());

  test("is refused by the API in IAM's words, with a name the SDK knows", async () => {
    const client = await start("ecr:DescribeImages", "GetAuthorizationToken");
    const asked = client.send(new DescribeImagesCommand({ repositoryName: "team/app" }));
    expect(await refusal(asked)).toBe(
      `AccessDeniedException: ${sentence("DescribeImages", arn("team/app"))}`,
    );
    expect(await refusal(openRepository(client, "team/app"))).toBe(
      `AccessDeniedException: ${sentence("GetAuthorizationToken", "*")}`,
    );
  });

  test("of one repository leaves the others alone", async () => {
    const client = await start("DescribeRepositories:team/app");
    await openRepository(client, "team/app");
    await openRepository(client, "other");
    const ask = (name: string) =>
      refusal(client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
    expect(await ask("other")).toBe("no error");
    expect(await ask("team/app")).toBe(
      `AccessDeniedException: ${sentence("DescribeRepositories", arn("team/app"))}`,
    );
  });

  test("is refused by the registry as DENIED, before it says whether anything exists", async () => {
    const client = await start("InitiateLayerUpload:app", "BatchGetImage", "UploadLayerPart:parts");
    const app = await openRepository(client, "app");
    expect(await errorOf(await app.fetch("/blobs/uploads/", { method: "POST" }))).toEqual({
      status: 403,
      code: "DENIED",
      message: sentence("InitiateLayerUpload", arn("app")),
    });
    const gone = app.base.replace(/app$/, "gone");
    expect(await errorOf(await app.fetch(`${gone}/manifests/latest`))).toMatchObject({
      code: "DENIED",
      message: sentence("BatchGetImage", arn("gone")),
    });
    const parts = await openRepository(client, "parts");
    await expect(parts.pushBlob("layer")).rejects.toThrow(
      sentence("UploadLayerPart", arn("parts")),
    );
  });

  test("stops PutImage by both planes", async () => {
    const client = await start("PutImage");
    const { pushBlob, putManifest } = await openRepository(client, "app");
    const body = manifestOf(await pushBlob("{}"), [await pushBlob("layer")]);
    expect(await errorOf(await putManifest(body))).toMatchObject({ status: 403, code: "DENIED" });
    const put = new PutImageCommand({ repositoryName: "app", imageManifest: body, imageTag: "1" });
    expect(await refusal(client.send(put))).toMatch(/^AccessDeniedException: /);
  });
});

test.each([
  ["ecr:PutImage:team/app", { action: "PutImage", repository: "team/app" }],
  ["PutImage", { action: "PutImage" }],
])("%s is read", (text, denial) => {
  expect(parseDenial(text)).toEqual(denial);
});

test.each(["", "ecr:", "putImage", "s3:GetObject", "PutImage:"])("'%s' is no denial", (text) => {
  expect(() => parseDenial(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test.each([
  ["ecr:PutImge", "ecr:PutImage"],
  ["putImage", "ecr:PutImage"],
  // ECR asks for that action here, and for no other.
  ["ecr:ListImageReferrers", "ecr:BatchGetImage"],
])("'%s' would deny nothing, and is refused with '%s'", (text, suggestion) => {
  expect(() => parseDenial(text)).toThrow(expect.objectContaining({ suggestions: [suggestion] }));
});

test("what needs nothing but a token needs no action", () => {
  expect(registryActionsOf("GET", "/v2/")).toEqual([]);
  expect(registryActionsOf("HEAD", "/v2/a/blobs/sha256:1")).toEqual([
    "BatchCheckLayerAvailability",
  ]);
});

describe("a role by web identity", () => {
  let ecr: LocalEcr;
  beforeEach(async () => {
    ecr = await startLocalEcr();
  });
  afterEach(() => ecr.close());
  const assume = (WebIdentityToken: string) =>
    new STSClient({ endpoint: ecr.endpoint, region: "us-east-1" }).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: "arn:aws:iam::000000000042:role/ci",
        RoleSessionName: "job",
        WebIdentityToken,
      }),
    );

  test("needs no signature, but a token", async () => {
    const { AssumedRoleUser } = await assume("e30.e30.c2ln");
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::000000000042:assumed-role/ci/job");
    expect(await refusal(assume("not-a-token"))).toMatch(/^InvalidIdentityToken/);
  });
});
