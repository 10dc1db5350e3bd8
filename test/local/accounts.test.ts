import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalEcr, type RequestLogEntry, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, login, openRepository } from "./registry.ts";

let ecr: LocalEcr;
const log: RequestLogEntry[] = [];

beforeAll(async () => {
  ecr = await startLocalEcr({
    account: "000000000007",
    region: "eu-central-1",
    onRequest: (entry) => log.push(entry),
  });
});
afterAll(() => ecr.close());

function sts(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  return new STSClient({ endpoint: ecr.endpoint, region: "eu-central-1", credentials });
}

test("env says what a process needs, with the account in its key", async () => {
  expect(ecr.env).toMatchObject({
    AWS_ENDPOINT_URL_ECR: ecr.endpoint,
    AWS_ENDPOINT_URL_STS: ecr.endpoint,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA000000000007/),
  });
  const client = sts({ accessKeyId: ecr.env.AWS_ACCESS_KEY_ID ?? "", secretAccessKey: "x" });
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "000000000007",
    Arn: "arn:aws:iam::000000000007:user/local",
  });
});

test("no proxy stands on the way, and none that was kept away before comes back", async () => {
  expect(ecr.env).toMatchObject({
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
  });
  await using other = await startLocalEcr({ noProxy: ".corp,10.0.0.1" });
  expect(other.env.NO_PROXY).toBe(".corp,10.0.0.1,127.0.0.1,localhost");
});

test("a key without an account is of the default one", async () => {
  const client = sts({ accessKeyId: "anything", secretAccessKey: "x" });
  const { Account } = await client.send(new GetCallerIdentityCommand({}));
  expect(Account).toBe("000000000007");
});

test("a role's credentials are of the role's account, and say so", async () => {
  const client = sts({ accessKeyId: "anything", secretAccessKey: "x" });
  const { Credentials: made, AssumedRoleUser } = await client.send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::000000000042:role/ci/release",
      RoleSessionName: "job-1",
      DurationSeconds: 900,
    }),
  );
  const arn = "arn:aws:sts::000000000042:assumed-role/release/job-1";
  expect(AssumedRoleUser?.Arn).toBe(arn);
  const left = (made?.Expiration?.getTime() ?? 0) - Date.now();
  expect(left).toBeGreaterThan(890_000);
  expect(left).toBeLessThanOrEqual(900_000);
  const credentials = {
    accessKeyId: made?.AccessKeyId ?? "",
    secretAccessKey: made?.SecretAccessKey ?? "",
    sessionToken: made?.SessionToken ?? "",
  };
  const identity = await sts(credentials).send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Account: "000000000042", Arn: arn });
});

test.each([
  [{ RoleArn: "arn:aws:iam::42:role/x", RoleSessionName: "job" }, "roleArn"],
  [{ RoleArn: "arn:aws:iam::000000000042:role/x", RoleSessionName: "j o b" }, "roleSessionName"],
  [
    { RoleArn: "arn:aws:iam::000000000042:role/x", RoleSessionName: "job", DurationSeconds: 899 },
    "durationSeconds",
  ],
])("AssumeRole refuses a wrong %#", async (input, field) => {
  const client = sts({ accessKeyId: "anything", secretAccessKey: "x" });
  const asked = client.send(new AssumeRoleCommand(input));
  await expect(asked).rejects.toThrow(`at '${field}'`);
});

test("every account and region has a registry of its own, with its own host", async () => {
  const places = [
    { account: "000000000001", region: "us-east-1" },
    { account: "000000000001", region: "eu-west-1" },
    { account: "000000000002", region: "us-east-1" },
  ];
  const proxies = new Set<string>();
  for (const place of places) {
    const client = ecrClient(ecr, place);
    const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toEqual([]);
    await openRepository(client, "same/name");
    proxies.add((await login(client)).proxy);
  }
  expect(proxies.size).toBe(3);
});

test("registryId reaches another account's registry in the caller's region", async () => {
  const registryId = "000000000099";
  const client = ecrClient(ecr, { account: "000000000001", region: "us-west-2" });
  const create = new CreateRepositoryCommand({ repositoryName: "shared", registryId });
  const { repository } = await client.send(create);
  expect(repository?.repositoryArn).toBe("arn:aws:ecr:us-west-2:000000000099:repository/shared");
  const owner = ecrClient(ecr, { account: registryId, region: "us-west-2" });
  const { repositories } = await owner.send(new DescribeRepositoriesCommand({}));
  expect(repositories).toEqual([repository]);
  const token = new GetAuthorizationTokenCommand({ registryIds: [registryId] });
  const { authorizationData } = await client.send(token);
  expect(`${authorizationData?.[0]?.proxyEndpoint}/shared`).toBe(
    `http://${repository?.repositoryUri}`,
  );
});

test.each([{ account: "7" }, { account: "../../etc/passwd" }, { region: "US East" }])(
  "%o cannot be served",
  async (options) => {
    await expect(startLocalEcr(options)).rejects.toMatchObject({ code: "USAGE" });
  },
);

test("partitions have their own ARNs", async () => {
  const client = ecrClient(ecr, { region: "cn-north-1" });
  const create = new CreateRepositoryCommand({ repositoryName: "cn" });
  const { repository } = await client.send(create);
  expect(repository?.repositoryArn).toBe("arn:aws-cn:ecr:cn-north-1:123456789012:repository/cn");
});

test("the log has operations and paths, and nothing secret", async () => {
  const client = ecrClient(ecr, { region: "us-east-2" });
  const { headers, fetch: ask, pushBlob } = await openRepository(client, "logged");
  const { digest } = await pushBlob("logged content");
  await (await ask(`/blobs/${digest}`)).text();
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  // An entry is written when its answer has gone out, which may be after the next request.
  await expect.poll(() => log.filter(({ path }) => path.endsWith(digest))).toHaveLength(2);
  expect(log.findLast(({ operation }) => operation === "GetAuthorizationToken")).toEqual({
    operation: "GetAuthorizationToken",
    method: "POST",
    path: "/",
    status: 200,
    bytesIn: 2,
    bytesOut: expect.any(Number),
    milliseconds: expect.any(Number),
    at: expect.any(String),
  });
  const text = JSON.stringify(log);
  expect(text).toContain(`/v2/logged/blobs/${digest}`);
  expect(text).not.toContain("signature=");
  expect(text).not.toContain(headers.authorization.slice(6, 40));
  expect(text).not.toContain(authorizationData?.[0]?.authorizationToken);
});
