import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  errorOf,
  login,
  openRepository,
  type RepositoryClient,
  rawRequest,
  sha256,
} from "./registry.ts";

let ecr: LocalEcr;
let time = Date.parse("2026-03-01T12:00:00Z");
let repository: RepositoryClient;

beforeAll(async () => {
  ecr = await startLocalEcr({ now: () => new Date(time) });
  repository = await openRepository(ecrClient(ecr), "team/app");
});
afterAll(() => ecr.close());

const unknown = sha256("nobody pushed this");

describe("authentication", () => {
  test("without a token: 401, Basic, plain text", async () => {
    const { origin } = new URL(repository.base);
    const response = await fetch(`${origin}/v2/`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(
      `Basic realm="${origin}/",service="ecr.amazonaws.com"`,
    );
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(await response.text()).toBe("Not Authorized\n");
  });

  test("a token is good for twelve hours", async () => {
    expect((await repository.fetch("/tags/list")).status).toBe(200);
    const issued = time;
    time = issued + 12 * 3600 * 1000;
    try {
      const late = await repository.fetch("/tags/list");
      expect(late.status).toBe(403);
      expect(await late.text()).toBe(
        "Your authorization token has expired. Reauthenticate and try again.",
      );
    } finally {
      time = issued;
    }
  });

  test("a token of another region, a mistyped one and another user are refused", async () => {
    const foreign = await login(ecrClient(ecr, { region: "eu-west-1" }));
    const { authorization } = repository.headers;
    const swapped = Buffer.from(authorization.slice(6), "base64").toString().replace("AWS", "aws");
    for (const wrong of [
      foreign.authorization,
      `${authorization.slice(0, -6)}AAAAAA`,
      `Basic ${Buffer.from(swapped).toString("base64")}`,
      `Basic ${Buffer.from("AWS:").toString("base64")}`,
    ]) {
      const response = await repository.fetch("/tags/list", { headers: { authorization: wrong } });
      expect(response.status).toBe(400);
    }
  });

  test("a token serves the other accounts of its region", async () => {
    const other = await openRepository(ecrClient(ecr, { account: "000000000042" }), "theirs");
    const response = await fetch(`${other.base}/tags/list`, { headers: repository.headers });
    expect(response.status).toBe(200);
  });
});

describe("blobs", () => {
  test("GET redirects to the storage, which wants no Authorization header", async () => {
    const { digest } = await repository.pushBlob("redirected");
    const response = await repository.fetch(`/blobs/${digest}`, { redirect: "manual" });
    expect(response.status).toBe(307);
    const location = response.headers.get("location") ?? "";
    expect(new URL(location).port).not.toBe(new URL(repository.base).port);
    expect(await (await fetch(location)).text()).toBe("redirected");
    expect((await fetch(location, { headers: repository.headers })).status).toBe(400);
    const forged = new URL(location);
    forged.searchParams.set("signature", "forged");
    expect((await fetch(forged)).status).toBe(403);
  });

  test("the storage's address is signed for GET alone", async () => {
    const { digest } = await repository.pushBlob("signed for GET");
    const redirect = await repository.fetch(`/blobs/${digest}`, { redirect: "manual" });
    const location = redirect.headers.get("location") ?? "";
    expect((await fetch(location, { method: "HEAD" })).status).toBe(403);
    const put = await fetch(location, { method: "PUT", body: "other" });
    expect(put.status).toBe(403);
    expect(await put.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
    expect(await (await fetch(location)).text()).toBe("signed for GET");
  });

  test("the storage's address expires", async () => {
    const { digest } = await repository.pushBlob("short-lived");
    const response = await repository.fetch(`/blobs/${digest}`, { redirect: "manual" });
    const before = time;
    time += 3600 * 1000;
    expect((await fetch(response.headers.get("location") ?? "")).status).toBe(403);
    time = before;
  });

  test("HEAD tells size and digest and has no body", async () => {
    const { digest } = await repository.pushBlob("0123456789");
    const response = await repository.fetch(`/blobs/${digest}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("10");
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    const missing = await repository.fetch(`/blobs/${unknown}`, { method: "HEAD" });
    expect(missing.status).toBe(404);
  });

  test.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, undefined, "bytes */10"],
    ["bytes=-0", 416, undefined, "bytes */10"],
    ["Bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=5-2", 200, "0123456789", null],
    ["bytes=12-11", 200, "0123456789", null],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
  ])("range %s: %i", async (range, status, body, contentRange) => {
    const { digest } = await repository.pushBlob("0123456789");
    const response = await repository.fetch(`/blobs/${digest}`, { headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range")).toBe(contentRange);
    if (body !== undefined) expect(await response.text()).toBe(body);
  });

  test("an empty blob comes and goes", async () => {
    const { digest } = await repository.pushBlob("");
    expect(await (await repository.fetch(`/blobs/${digest}`)).text()).toBe("");
  });

  test("a blob belongs to one repository", async () => {
    const { digest } = await repository.pushBlob("mine");
    const other = await openRepository(ecrClient(ecr), "team/other");
    expect((await other.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
    const mount = `/blobs/uploads/?mount=${digest}&from=team/app`;
    expect((await other.fetch(mount, { method: "POST" })).status).toBe(202);
    expect((await other.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
  });
});

test("tags are listed in pages, as plain text", async () => {
  const paged = await openRepository(ecrClient(ecr), "paged");
  await paged.pushImage("one", "b");
  for (const tag of ["a", "c"]) await paged.pushImage("one", tag);
  const first = await paged.fetch("/tags/list?n=2");
  expect(first.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await first.json()).toEqual({ name: "paged", tags: ["a", "b"] });
  const next = /^<(.*)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1];
  const rest = await paged.fetch(`${new URL(paged.base).origin}${next}`);
  expect(await rest.json()).toEqual({ name: "paged", tags: ["c"] });
  expect(rest.headers.get("link")).toBeNull();
});

test.each(["/v2/_catalog", "/v2/team/app/tags/list"])(
  "%s: a page larger than the API's is refused as the API refuses it",
  async (path) => {
    const { origin } = new URL(repository.base);
    expect((await repository.fetch(`${origin}${path}?n=1000`)).status).toBe(200);
    expect(await errorOf(await repository.fetch(`${origin}${path}?n=1001`))).toEqual({
      status: 405,
      code: "UNSUPPORTED",
      message:
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
    });
  },
);

test("a missing repository is named", async () => {
  const { origin } = new URL(repository.base);
  for (const [method, path] of [
    ["GET", "tags/list"],
    ["POST", "blobs/uploads/"],
    ["PUT", "manifests/1"],
  ]) {
    const response = await repository.fetch(`${origin}/v2/none/here/${path}`, {
      method: method ?? "",
    });
    expect(await errorOf(response)).toEqual({
      status: 404,
      code: "NAME_UNKNOWN",
      message:
        "The repository with name 'none/here' does not exist in the registry with id '123456789012'",
    });
  }
});

test.each([
  "/v2/../../etc/passwd",
  "/v2/..%2f..%2fetc/manifests/1",
  "/v2/team/app/blobs/..%2f..%2fsecret",
  "/v2/team/app/blobs/sha256:..%2f..%2f..%2fsecret",
  "/v2/team/app/manifests/%2e%2e",
  "/v2/team//app/tags/list",
  "/v2/TEAM/app/tags/list",
  "/v2/%zz/tags/list",
  "/v2/team/app/blobs/uploads/..%2f..%2fsecret",
  "/v2/team/app/manifests/%00",
  "/v1/",
  "//",
])("the path %s gets a 4xx", async (path) => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"]) {
    const { headers } = repository;
    const { status } = await rawRequest(repository.base, { path, method, headers });
    expect(status, method).toBeGreaterThanOrEqual(400);
    expect(status, method).toBeLessThan(500);
  }
});
