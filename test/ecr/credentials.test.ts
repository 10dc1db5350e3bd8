import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { agentsFor } from "../../src/cli/network.ts";
import { openEcr } from "../../src/ecr/client.ts";
import type { Principal } from "../../src/ecr/credentials.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { type ForwardProxy, openProxy } from "../support/proxy.ts";

let directory: string;
let ecr: LocalEcr;
const servers: Server[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "slipway-credentials-"));
  ecr = await startLocalEcr();
  for (const name of [...ecr.unset, "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]) {
    vi.stubEnv(name, undefined);
  }
  for (const [name, value] of Object.entries(ecr.env)) vi.stubEnv(name, value);
  vi.stubEnv("HOME", directory);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await ecr.close();
  rmSync(directory, { recursive: true });
});

/** Nothing of the local ECR's own credentials: what is configured must be what is found. */
function withoutKeys(): void {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    vi.stubEnv(name, undefined);
  }
}

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

function configure(config: string): void {
  vi.stubEnv("AWS_CONFIG_FILE", write("config", config));
}

const keysOf = (account: string) =>
  `aws_access_key_id = AKIA${account}TEST\naws_secret_access_key = none\n`;
const roleOf = (account: string, name = "release") => `arn:aws:iam::${account}:role/${name}`;
const sessionOf = (account: string, name: string, session: string) =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;

/** What `aws sso login` leaves behind: a token under the digest of its session's name, or of its address. */
function signIn(of: string, token: object): void {
  mkdirSync(join(directory, ".aws", "sso", "cache"), { recursive: true });
  const name = createHash("sha1").update(of).digest("hex");
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  write(`.aws/sso/cache/${name}.json`, JSON.stringify({ expiresAt, ...token }));
}

/** A service on this machine that gives the same answer to everything, and keeps what it was asked. */
async function answering(answer: object): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? headers["x-amz-sso_bearer_token"]}`);
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const singleSignOn = `
[profile ship]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-2
sso_account_id = 000000000006
sso_role_name = Release
`;

function identity(principal: Partial<Principal> = {}) {
  return openEcr({ region: "eu-west-1", ...principal }).identity();
}

describe("who Slipway is", () => {
  test("the keys of the environment", async () => {
    expect(await identity()).toEqual({
      account: "123456789012",
      arn: "arn:aws:iam::123456789012:user/local",
    });
  });

  test("a profile that is asked for goes before the keys of the environment, without a word", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    configure(`[profile ship]\n${keysOf("000000000002")}`);
    expect(await identity({ profile: "ship" })).toMatchObject({ account: "000000000002" });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test("a profile of the environment", async () => {
    withoutKeys();
    configure(`[profile ship]\n${keysOf("000000000002")}`);
    vi.stubEnv("AWS_PROFILE", "ship");
    expect(await identity()).toMatchObject({ account: "000000000002" });
  });

  test("a profile that is not there is missing credentials, not another identity", async () => {
    configure(`[profile ship]\n${keysOf("000000000002")}`);
    await expect(identity({ profile: "shop" })).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
    });
  });

  test("a credential_process", async () => {
    withoutKeys();
    const answer = JSON.stringify({
      Version: 1,
      AccessKeyId: "AKIA000000000003TEST",
      SecretAccessKey: "none",
    });
    const program = write("provide", `#!/bin/sh\necho '${answer}'\n`);
    chmodSync(program, 0o755);
    configure(`[profile ship]\ncredential_process = ${program}\n`);
    expect(await identity({ profile: "ship" })).toMatchObject({ account: "000000000003" });
  });

  test("a credential_process that fails is named", async () => {
    withoutKeys();
    configure("[profile ship]\ncredential_process = /bin/false\n");
    await expect(identity({ profile: "ship" })).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
    });
  });

  test("a chain of roles in profiles, each with its session's name", async () => {
    withoutKeys();
    configure(`
[profile base]
${keysOf("000000000001")}
[profile hub]
role_arn = ${roleOf("000000000002", "hub")}
source_profile = base
role_session_name = at-hub
[profile ship]
role_arn = ${roleOf("000000000003")}
source_profile = hub
role_session_name = job-7
`);
    expect(await identity({ profile: "ship" })).toEqual({
      account: "000000000003",
      arn: sessionOf("000000000003", "release", "job-7"),
    });
  });

  test("a target's role on top of a profile", async () => {
    configure(`[profile ship]\n${keysOf("000000000002")}`);
    const role = roleOf("000000000009", "ci/release");
    expect(await identity({ profile: "ship", role })).toMatchObject({
      arn: sessionOf("000000000009", "release", "slipway"),
    });
    expect(await identity({ profile: "ship", role, sessionName: "build-12" })).toMatchObject({
      arn: sessionOf("000000000009", "release", "build-12"),
    });
  });

  test.each([
    ["by the environment, as EKS and most CI set it", "env"],
    ["by a profile", "profile"],
  ])("a web identity %s", async (_, by) => {
    withoutKeys();
    const file = write("token", "e30.e30.c2ln");
    if (by === "env") {
      vi.stubEnv("AWS_ROLE_ARN", roleOf("000000000004"));
      vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", file);
      vi.stubEnv("AWS_ROLE_SESSION_NAME", "run-1");
    } else {
      const fields = `role_arn = ${roleOf("000000000004")}\nrole_session_name = run-1\n`;
      configure(`[profile ship]\nweb_identity_token_file = ${file}\n${fields}`);
    }
    const arn = sessionOf("000000000004", "release", "run-1");
    const principal = by === "env" ? {} : { profile: "ship" };
    expect(await identity(principal)).toMatchObject({ arn });
    // And a target's own role on top of it.
    expect(await identity({ ...principal, role: roleOf("000000000005") })).toMatchObject({
      account: "000000000005",
    });
  });

  test("a web identity's token that is none", async () => {
    withoutKeys();
    vi.stubEnv("AWS_ROLE_ARN", roleOf("000000000004"));
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", write("token", "expired"));
    await expect(identity()).rejects.toMatchObject({ code: "CREDENTIALS_MISSING" });
  });

  test("a session of single sign-on", async () => {
    withoutKeys();
    const portal = await answering({
      roleCredentials: {
        accessKeyId: "ASIA000000000006TEST",
        secretAccessKey: "none",
        sessionToken: "session",
        expiration: Date.now() + 3_600_000,
      },
    });
    vi.stubEnv("AWS_ENDPOINT_URL_SSO", portal.url);
    signIn("company", { accessToken: "signed-in", region: "us-east-2", startUrl: "https://c" });
    configure(`
[sso-session company]
sso_start_url = https://c
sso_region = us-east-2
[profile ship]
sso_session = company
sso_account_id = 000000000006
sso_role_name = Release
`);
    expect(await identity({ profile: "ship" })).toMatchObject({ account: "000000000006" });
    expect(portal.asked).toEqual([
      "/federation/credentials?account_id=000000000006&role_name=Release signed-in",
    ]);
  });

  test("a pod of EKS, or a task of ECS", async () => {
    withoutKeys();
    const agent = await answering({
      AccessKeyId: "ASIA000000000008TEST",
      SecretAccessKey: "none",
      Token: "session",
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    });
    vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${agent.url}/v1/credentials`);
    vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write("pod-token", "of the pod"));
    expect(await identity()).toMatchObject({ account: "000000000008" });
    expect(agent.asked).toEqual(["/v1/credentials of the pod"]);
  });

  test("nobody", async () => {
    withoutKeys();
    await expect(identity()).rejects.toMatchObject({ code: "CREDENTIALS_MISSING" });
  });
});

describe("on the way", () => {
  let proxy: ForwardProxy;
  beforeEach(async () => {
    proxy = await openProxy({ refuse: 502 });
  });
  afterEach(() => proxy[Symbol.asyncDispose]());

  const through = (principal: Principal) =>
    openEcr(principal, undefined, agentsFor({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }));
  const toAws = () => {
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    for (const name of ["AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_STS"])
      vi.stubEnv(name, undefined);
  };

  test("roles, identity and token all go through the proxy, with external id and session name", async () => {
    const role = roleOf("000000000009");
    const target = through({
      region: "eu-west-1",
      role,
      externalId: "customer:7",
      sessionName: "build-12",
    });
    expect(await target.identity()).toMatchObject({ account: "000000000009" });
    await target.token();
    expect(proxy.asked).toEqual(proxy.asked.map(() => `POST ${ecr.endpoint}/`));
    const [assume = "", ...rest] = proxy.bodies;
    expect(Object.fromEntries(new URLSearchParams(assume))).toMatchObject({
      Action: "AssumeRole",
      RoleArn: role,
      ExternalId: "customer:7",
      RoleSessionName: "build-12",
    });
    expect(rest.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "api.ecr.us-gov-west-1.amazonaws.com"],
    ["eu-west-1", "sts.eu-west-1.amazonaws.com", "api.ecr.eu-west-1.amazonaws.com"],
  ])("in %s nothing is asked of another partition or region", async (region, sts, api) => {
    toAws();
    const keys = through({ region });
    await expect(keys.identity()).rejects.toMatchObject({ code: "AWS_UNREACHABLE" });
    await expect(keys.token()).rejects.toMatchObject({ code: "AWS_UNREACHABLE" });
    expect(proxy.asked).toEqual([`CONNECT ${sts}:443`, `CONNECT ${api}:443`]);

    proxy.asked.length = 0;
    const role = through({ region, role: roleOf("000000000009") });
    await expect(role.identity()).rejects.toMatchObject({ code: "AWS_UNREACHABLE" });
    expect(proxy.asked).toEqual([`CONNECT ${sts}:443`]);

    proxy.asked.length = 0;
    withoutKeys();
    vi.stubEnv("AWS_ROLE_ARN", roleOf("000000000004"));
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", write("token", "e30.e30.c2ln"));
    await expect(through({ region }).identity()).rejects.toBeDefined();
    expect(proxy.asked).toEqual([`CONNECT ${sts}:443`]);
  });

  test("single sign-on is asked where its portal is, not where the registry is", async () => {
    toAws();
    withoutKeys();
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    configure(singleSignOn);
    signIn("https://example.awsapps.com/start", { accessToken: "t" });
    const asked = through({ region: "eu-west-1", profile: "ship" }).identity();
    await expect(asked).rejects.toBeDefined();
    expect(proxy.asked).toEqual(["CONNECT portal.sso.us-east-2.amazonaws.com:443"]);
  });

  test("single sign-on that has ended says how to begin again", async () => {
    withoutKeys();
    configure(singleSignOn);
    await expect(identity({ profile: "ship" })).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      suggestions: [expect.stringContaining("aws sso login"), expect.anything()],
    });
  });
});
