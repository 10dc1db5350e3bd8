import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEcr } from "../../src/ecr/client.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { afterBody, serve } from "../oci/server.ts";

const minute = 60_000;
const lifetime = 12 * 60 * minute;

let local: LocalEcr;
let asked: (string | undefined)[] = [];
let behind = 0;

beforeEach(async () => {
  behind = 0;
  asked = [];
  local = await startLocalEcr({
    now: () => new Date(Date.now() - behind),
    onRequest: ({ operation }) => asked.push(operation),
  });
  for (const name of local.unset) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(local.env)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await local.close();
});

/** As a build of so many minutes leaves it. */
const pass = (minutes: number) => {
  const later = Date.now() + minutes * minute;
  vi.spyOn(Date, "now").mockImplementation(() => later);
};

const questions = () => asked.filter((name) => name === "GetAuthorizationToken").length;

describe("the registry token", () => {
  it("says who, where and until when, and is asked for once", async () => {
    const ecr = openEcr({ region: "us-east-1" });
    const [token] = await Promise.all([ecr.token(), ecr.token(), ecr.token()]);
    expect(token).toMatchObject({
      username: "AWS",
      origin: expect.stringMatching(/^http:\/\/127/),
    });
    expect(token.expiresAt.getTime() - Date.now()).toBeGreaterThan(lifetime - minute);
    expect(await ecr.token()).toBe(token);
    expect(questions()).toBe(1);
  });

  it("is asked for again when under half an hour of it remains, once for all who wait", async () => {
    const ecr = openEcr({ region: "us-east-1" });
    const old = await ecr.token();
    pass(12 * 60 - 29);
    const fresh = await Promise.all([ecr.token(), ecr.token(), ecr.token()]);
    expect(fresh[0]?.password).not.toBe(old.password);
    expect(new Set(fresh).size).toBe(1);
    expect(questions()).toBe(2);
  });

  it("is kept by a machine whose clock is far ahead", async () => {
    const ahead = 13 * 60 * minute;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ahead });
    behind = ahead;
    const ecr = openEcr({ region: "us-east-1" });
    expect(await ecr.token()).toBe(await ecr.token());
    expect(questions()).toBe(1);
  });

  it("is kept while more than half an hour of it remains", async () => {
    const ecr = openEcr({ region: "us-east-1" });
    const old = await ecr.token();
    pass(12 * 60 - 31);
    expect(await ecr.token()).toBe(old);
    expect(questions()).toBe(1);
  });
});

describe("a role", () => {
  /** What STS was asked has no name in the log. */
  const assumed = () => asked.filter((name) => name === undefined).length;
  const role = "arn:aws:iam::210987654321:role/release";

  it.each([
    ["when its hour has under five minutes left", 56],
    ["when its hour is long over, and the token of its session with it", 12 * 60],
  ])("is assumed anew %s", async (_, minutes) => {
    const ecr = openEcr({ region: "us-east-1", role });
    const first = await ecr.token();
    pass(minutes);
    asked = [];
    await ecr.repository({ name: "team/app" });
    expect(assumed()).toBe(1);
    const second = await ecr.token();
    expect(second === first).toBe(minutes < 60);
    expect(await ecr.identity()).toMatchObject({ account: "210987654321" });
  });

  it.each([
    ["ahead", 90, [1, 0]],
    ["behind", -30, [1, 1]],
  ])("lasts its hour on a machine whose clock is far %s", async (_, minutes, times) => {
    behind = minutes * minute;
    const ecr = openEcr({ region: "us-east-1", role });
    await ecr.repository({ name: "team/app" });
    const first = assumed();
    asked = [];
    pass(minutes > 0 ? 50 : 56);
    await ecr.repository({ name: "team/app" });
    expect([first, assumed()]).toEqual(times);
  });

  it("is not assumed anew while more than that is left", async () => {
    const ecr = openEcr({ region: "us-east-1", role });
    await ecr.repository({ name: "team/app" });
    pass(54);
    await ecr.repository({ name: "team/app" });
    expect(assumed()).toBe(1);
  });
});

describe("an answer that failed", () => {
  it("is not kept: the next question is asked anew", async () => {
    let broken = true;
    await using server = await serve((request, response) =>
      afterBody(request, () => {
        if (broken) {
          response.writeHead(400).end('{"__type":"InvalidParameterException"}');
          return;
        }
        const authorizationData = [
          {
            authorizationToken: Buffer.from("AWS:a:b").toString("base64"),
            proxyEndpoint: "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
            expiresAt: (Date.now() + lifetime) / 1000,
          },
        ];
        response.writeHead(200).end(JSON.stringify({ authorizationData }));
      }),
    );
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    const ecr = openEcr({ region: "us-east-1" });
    await expect(ecr.token()).rejects.toMatchObject({ code: "AWS_FAILED" });
    broken = false;
    expect(await ecr.token()).toMatchObject({ username: "AWS", password: "a:b" });
  });

  it("without a token in it is an error, not an empty password", async () => {
    await using server = await serve((request, response) =>
      afterBody(request, () => response.writeHead(200).end('{"authorizationData":[]}')),
    );
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    await expect(openEcr({ region: "us-east-1" }).token()).rejects.toMatchObject({
      code: "AWS_FAILED",
      message: "ECR answered without an authorization token",
    });
  });

  it("that a registry refused is asked for again, unless it is under a minute old", async () => {
    const ecr = openEcr({ region: "us-east-1" });
    const first = await ecr.token();
    expect(await ecr.token(first)).toBe(first);
    const later = Date.now() + 2 * minute;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    const [second, third] = await Promise.all([ecr.token(first), ecr.token(first)]);
    expect(second).toBe(third);
    expect(second).not.toBe(first);
    expect(await ecr.token(first)).toBe(second);
    expect(questions()).toBe(2);
    vi.restoreAllMocks();
  });
});
