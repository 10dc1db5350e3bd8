import { chmodSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Principal } from "../../src/aws/credentials.ts";
import { openEcr } from "../../src/ecr/client.ts";
import {
  configure,
  keysOf,
  roleOf,
  sessionOf,
  signIn,
  singleSignOn,
  withoutKeys,
  write,
} from "./configured.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

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
      message: expect.stringMatching(/^no profile 'shop' /),
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

  test("a profile that gives nothing is not somebody else, whom the environment names", async () => {
    withoutKeys();
    vi.stubEnv("AWS_ROLE_ARN", roleOf("000000000004"));
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", write("token", "e30.e30.c2ln"));
    configure("[profile ship]\nregion = eu-west-1\n");
    for (const profile of ["ship", "shop"]) {
      await expect(identity({ profile })).rejects.toMatchObject({ code: "CREDENTIALS_MISSING" });
    }
  });

  test("a credential_process that fails says why, and not by which command", async () => {
    withoutKeys();
    const program = write("refuse", "#!/bin/sh\necho 'the vault is sealed' >&2; exit 1\n");
    chmodSync(program, 0o755);
    configure(`[profile ship]\ncredential_process = ${program} --token s3cret\n`);
    await expect(identity({ profile: "ship" })).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      message: expect.stringMatching(/: its credential_process failed\. the vault is sealed$/),
      suggestions: ["aws sts get-caller-identity --profile ship", "aws configure list-profiles"],
    });
  });

  /** What asks everything at once, by a program that counts how often it was called. */
  async function callsOf(lastsMs: number): Promise<string> {
    withoutKeys();
    const Expiration = new Date(Date.now() + lastsMs).toISOString();
    const keys = { AccessKeyId: "AKIA000000000003TEST", SecretAccessKey: "none", Expiration };
    const calls = write("calls", "");
    const answer = JSON.stringify({ Version: 1, ...keys });
    const program = write("provide", `#!/bin/sh\nprintf . >> ${calls}\necho '${answer}'\n`);
    chmodSync(program, 0o755);
    configure(`[profile ship]\ncredential_process = ${program}\n`);
    const ecr = openEcr({ region: "eu-west-1", profile: "ship" });
    await Promise.all([ecr.identity(), ecr.token()]);
    await ecr.repository({ name: "team/app" });
    return readFileSync(calls, "utf8");
  }

  test("a credential_process is called once for all that is asked, until its keys expire", async () => {
    expect(await callsOf(3_600_000)).toBe(".");
    expect((await callsOf(60_000)).length).toBeGreaterThan(1);
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

  test("a web identity's token that is not there", async () => {
    withoutKeys();
    vi.stubEnv("AWS_ROLE_ARN", roleOf("000000000004"));
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token");
    await expect(identity()).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      message: expect.stringContaining("/no/such/token cannot be read: ENOENT"),
      suggestions: [expect.stringContaining("AWS_WEB_IDENTITY_TOKEN_FILE")],
    });
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

  test("single sign-on that has ended says how to begin again", async () => {
    withoutKeys();
    configure(singleSignOn);
    await expect(identity({ profile: "ship" })).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      suggestions: [expect.stringContaining("aws sso login"), expect.anything()],
    });
  });
});
