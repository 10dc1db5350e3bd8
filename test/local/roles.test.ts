import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, expect, test } from "vitest";
import { parseRoles } from "../../src/local/roles.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { refusal } from "./registry.ts";

const release = "arn:aws:iam::210987654321:role/release";
const audit = "arn:aws:iam::210987654321:role/team/audit";
const own = { accessKeyId: "AKIA123456789012TEST", secretAccessKey: "none" };
const now = () => new Date();
let ecr: LocalEcr;
afterEach(() => ecr.close());

type Credentials = typeof own & { sessionToken?: string };

function sts(credentials: Credentials = own): STSClient {
  return new STSClient({
    endpoint: ecr.endpoint,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
}

async function assume(
  RoleArn: string,
  { by, ...more }: { by?: Credentials; ExternalId?: string; DurationSeconds?: number } = {},
): Promise<Credentials> {
  const ask = new AssumeRoleCommand({ RoleArn, RoleSessionName: "test", ...more });
  const { Credentials: made } = await sts(by).send(ask);
  return {
    accessKeyId: made?.AccessKeyId ?? "",
    secretAccessKey: made?.SecretAccessKey ?? "",
    sessionToken: made?.SessionToken ?? "",
  };
}

test("only declared roles may be assumed, with the external id that they want", async () => {
  ecr = await startLocalEcr({ now, roles: parseRoles([release, `${audit}=secret`]) });
  await assume(release);
  await assume(audit, { ExternalId: "secret" });
  const denied = (arn: string) =>
    `AccessDenied: User: arn:aws:iam::123456789012:user/local is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  expect(await refusal(assume(audit))).toBe(denied(audit));
  expect(await refusal(assume(audit, { ExternalId: "other" }))).toBe(denied(audit));
  expect(await refusal(assume(`${release}r`))).toBe(denied(`${release}r`));
});

test("an assumed role ends at its time, for both APIs", async () => {
  ecr = await startLocalEcr({ now });
  const credentials = await assume(release, { DurationSeconds: 900 });
  const client = new ECRClient({
    endpoint: ecr.endpoint,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
  const ask = () => client.send(new DescribeRepositoriesCommand({}));
  ecr.advance(899_000);
  await ask();
  ecr.advance(1000);
  expect(await refusal(ask())).toBe(
    "ExpiredTokenException: The security token included in the request is expired",
  );
  const identity = sts(credentials).send(new GetCallerIdentityCommand({}));
  expect(await refusal(identity)).toMatch(/^ExpiredToken: /);
});

test("a role assumed by a role lasts an hour at most", async () => {
  ecr = await startLocalEcr({ now });
  const by = await assume(release);
  expect(await refusal(assume(audit, { by, DurationSeconds: 3601 }))).toMatch(
    /^ValidationError: .*role chaining/,
  );
  await assume(audit, { by, DurationSeconds: 3600 });
});

test("what is not a role is refused", async () => {
  ecr = await startLocalEcr({ now });
  expect(() => parseRoles(["release"])).toThrow("'release' is not a role's ARN");
});
