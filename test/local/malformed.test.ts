import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  ociManifest,
  openRepository,
  type RepositoryClient,
  sha256,
} from "./registry.ts";

let parent: string;
let ecr: LocalEcr;
let repository: RepositoryClient;
const faults: unknown[] = [];

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), "local-ecr-malformed-"));
  const dir = join(parent, "data");
  ecr = await startLocalEcr({ dir, onRequest: ({ error }) => error && faults.push(error) });
  repository = await openRepository(ecrClient(ecr), "team/app");
  await repository.pushImage("there", "1.0");
});

/** Whatever was asked in here: nothing went wrong inside, and every file is one that the server keeps. */
afterAll(async () => {
  expect(await statusOf(api('{"repositoryNames":["team/app"]}'))).toBe(200);
  await ecr.close();
  expect(faults).toEqual([]);
  const files = readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(parent, join(parentPath, name)));
  const known =
    /^data\/(?:secret|clock\.json|blobs\/sha(?:256|512)\/[0-9a-f]+|uploads\/[0-9a-f-]{36}|registries\/\d{12}\/us-east-1\/(?:registry\.json|settings\.json|team\+app-[0-9a-f]{16}\.jsonl))$/;
  expect(files.filter((file) => !known.test(file))).toEqual([]);
  rmSync(parent, { recursive: true, force: true });
});

interface Raw {
  readonly port: string;
  readonly bytes: string;
}

/** The status of the first answer; 0 when the connection was closed without one. `leaves`: says no more after that. */
async function statusOf({ port, bytes }: Raw, { leaves = false } = {}): Promise<number> {
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(Buffer.from(bytes, "latin1"));
  if (leaves) socket.end();
  const answer = await text(socket).catch(() => "");
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

function lines(first: string, headers: Record<string, string>, body = ""): string {
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [first, "Host: localhost", "Connection: close", ...named, "", body].join("\r\n");
}

function api(body: string, headers: Record<string, string> = {}): Raw {
  const credential = "AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request";
  const all = {
    Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
    "Content-Length": String(body.length),
    ...headers,
  };
  return { port: new URL(ecr.endpoint).port, bytes: lines("POST / HTTP/1.1", all, body) };
}

function data(request: string, headers: Record<string, string> = {}, body = ""): Raw {
  const all = {
    Authorization: repository.headers.authorization,
    ...(body !== "" && { "Content-Length": String(body.length) }),
    ...headers,
  };
  return { port: new URL(repository.base).port, bytes: lines(`${request} HTTP/1.1`, all, body) };
}

const absent = sha256("nowhere");
const there = sha256("there");
const upload = "/v2/team/app/blobs/uploads/";
const uploadId = "01234567-89ab-cdef-0123-456789abcdef";
const long = "x".repeat(20_000);

describe("the API, told", () => {
  test.each([
    ["JSON that is cut off", 400, '{"repositoryNames":["team', {}],
    ["JSON that is no object", 400, "[1,2]", {}],
    ["a string instead of a list", 400, '{"repositoryNames":"team/app"}', {}],
    ["a number that is none", 400, '{"maxResults":1e999}', {}],
    ["a name with a NUL", 400, '{"repositoryNames":["a\\u0000b"]}', {}],
    ["a name that climbs", 400, '{"repositoryNames":["../../etc/passwd"]}', {}],
    ["an account that climbs", 400, '{"registryId":"../../../../x"}', {}],
    ["JSON as deep as it is long", 400, "[".repeat(50_000), {}],
    ["bytes that are not UTF-8", 400, "\xff\xfe{}", {}],
    [
      "an operation that climbs",
      400,
      "{}",
      { "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.__proto__" },
    ],
    [
      "a credential that climbs",
      403,
      "{}",
      { Authorization: "AWS4-HMAC-SHA256 Credential=AKIA/../../x" },
    ],
    [
      "a region that climbs",
      403,
      "{}",
      { Authorization: "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/1/../ecr/aws4_request" },
    ],
    ["a header of 20 kB", 431, "{}", { "X-Long": long }],
    ["a length that is negative", 400, "{}", { "Content-Length": "-1" }],
    ["a length that is a word", 400, "{}", { "Content-Length": "many" }],
    ["two lengths", 400, "{}", { "Content-Length": "2", "content-length": "3" }],
    ["a length and chunks", 400, "{}", { "Transfer-Encoding": "chunked" }],
    [
      "chunks that are none",
      400,
      "zz\r\n{}",
      { "Transfer-Encoding": "chunked", "Content-Length": "" },
    ],
  ])("%s: %i", async (_, status, body, headers) => {
    expect(await statusOf(api(body, headers))).toBe(status);
  });
});

describe("a registry, asked", () => {
  const names = [
    "..",
    "../..",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e",
    "a%00b",
    "a%5c..%5cb",
    "A",
    "a//b",
    "%",
    "%ff",
    "x".repeat(300),
  ];
  test.each(names)("for a repository named %s", async (name) => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      for (const what of ["manifests/1.0", `blobs/${there}`, "tags/list", `referrers/${there}`]) {
        const status = await statusOf(data(`${method} /v2/${name}/${what}`));
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }
    }
    const status = await statusOf(data(`POST /v2/${name}/blobs/uploads/`));
    expect([400, 404, 405]).toContain(status);
  });

  test.each([
    ["GET", `/v2/team/app/blobs/${absent}`, 404],
    ["GET", "/v2/team/app/blobs/sha256:../../../../secret", 404],
    ["GET", "/v2/team/app/blobs/sha256:..%2f..%2fsecret", 404],
    ["GET", "/v2/team/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", 400],
    ["GET", `/v2/team/app/blobs/${there.toUpperCase()}`, 400],
    ["GET", "/v2/team/app/manifests/..%2f..%2fsecret", 404],
    ["PUT", "/v2/team/app/manifests/..%2f..%2fsecret", 404],
    ["PATCH", `${upload}..%2f..%2fsecret`, 404],
    ["PATCH", `${upload}${uploadId}`, 404],
    ["PUT", `${upload}${uploadId}?digest=sha256:../../x`, 400],
    ["DELETE", `${upload}${"-".repeat(36)}`, 404],
    ["TRACE", "/v2/", 405],
    ["GET", "http://evil.example/v2/", 404],
    ["GET", "/v2/\u0000", 400],
    ["GET", "/v2/team/app/tags/list\u00a0", 400],
    ["BREW", "/v2/", 400],
  ])("%s %s: %i", async (method, path, status) => {
    expect(await statusOf(data(`${method} ${path}`, {}, "x"))).toBe(status);
  });

  test.each([
    [`PUT /v2/team/app/manifests/${absent}`, 400, { "Content-Type": ociManifest }],
    ["PUT /v2/team/app/manifests/wrong", 405, { "Content-Type": ociManifest }],
    ["PUT /v2/team/app/manifests/wrong", 405, { "Content-Type": long.slice(0, 9000) }],
    [`POST ${upload}?mount=../../x&from=../../y`, 202, {}],
    ["GET /v2/team/app/tags/list?n=-1&last=%00", 200, {}],
    ["GET /v2/team/app/tags/list?n=1e99", 200, {}],
    ["GET /v2/", 401, { Authorization: "" }],
    ["GET /v2/", 400, { Authorization: "Basic %%%" }],
  ])("%s: %i", async (request, status, headers) => {
    expect(await statusOf(data(request, headers, "{"))).toBe(status);
  });

  test.each([
    "-5-10",
    "9999999999999999999999-9999999999999999999999",
    "5-1",
    "a-b",
    "bytes 7-8/x",
  ])("to take the part %s of an upload: 416, or as the next part", async (range) => {
    const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
    const { pathname } = new URL(start.headers.get("location") ?? "");
    const status = await statusOf(data(`PATCH ${pathname}`, { "Content-Range": range }, "x"));
    expect([201, 416]).toContain(status);
  });

  test.each([
    "bytes=-0",
    "bytes=--5",
    "bytes=5-1",
    "bytes=99999999999999999999-",
    "lines=0-1",
    "bytes=0-1,3-4",
  ])("for the range %s of a blob: the whole, or 416", async (range) => {
    const { status } = await repository.fetch(`/blobs/${there}`, { headers: { range } });
    expect([200, 416]).toContain(status);
  });

  test("for more than there is: an upload that announces a petabyte and leaves", async () => {
    const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
    const { pathname } = new URL(start.headers.get("location") ?? "");
    const headers = { "Content-Length": "1000000000000000" };
    const asked = data(`PUT ${pathname}?digest=${absent}`, headers, "x");
    expect(await statusOf(asked, { leaves: true })).toBeLessThan(500);
    const blob = await repository.fetch(`/blobs/${absent}`, { method: "HEAD" });
    expect(blob.status).toBe(404);
  });
});

test("any bytes in place of others in a request are answered, or the connection is closed", async () => {
  const whole = [
    () => api('{"repositoryNames":["team/app"]}'),
    () => data("GET /v2/team/app/manifests/1.0", { Accept: ociManifest }),
    () => data(`POST ${upload}?mount=${there}&from=team/app`, {}, "body"),
    () => data(`PUT /v2/team/app/manifests/${absent}`, { "Content-Type": ociManifest }, "{}"),
  ];
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...whole),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      async (make, changes, cut) => {
        const { port, bytes } = make();
        const changed = Buffer.from(bytes, "latin1");
        for (const { at, byte } of changes) changed[Math.floor(at * (changed.length - 1))] = byte;
        const sent = changed.subarray(
          0,
          cut === null ? undefined : Math.floor(cut * changed.length),
        );
        const status = await statusOf({ port, bytes: sent.toString("latin1") }, { leaves: true });
        expect(status).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
});
