import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Principal } from "../../src/aws/credentials.ts";
import { agentsFor } from "../../src/cli/network.ts";
import { openEcr } from "../../src/ecr/client.ts";
import { type ForwardProxy, openProxy } from "../support/proxy.ts";
import { configure, ecr, roleOf, signIn, singleSignOn, withoutKeys, write } from "./configured.ts";

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
});
