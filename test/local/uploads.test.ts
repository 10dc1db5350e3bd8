import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, errorOf, openRepository, type RepositoryClient, sha256 } from "./registry.ts";

const smallestPart = 5 * 1024 * 1024;
let ecr: LocalEcr;
let repository: RepositoryClient;

beforeAll(async () => {
  ecr = await startLocalEcr();
  repository = await openRepository(ecrClient(ecr), "team/app");
});
afterAll(() => ecr.close());

describe("uploads", () => {
  const start = async () => {
    const response = await repository.fetch("/blobs/uploads/", { method: "POST" });
    expect(response.status).toBe(202);
    return response.headers.get("location") ?? "";
  };
  const patch = (
    location: string,
    body: string | Buffer<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => repository.fetch(location, { method: "PATCH", body, headers });
  const finish = (location: string, digest: string, body?: string) =>
    repository.fetch(`${location}?digest=${digest}`, {
      method: "PUT",
      ...(body !== undefined && { body }),
    });

  test("in parts, each answered 201", async () => {
    const location = await start();
    const part = Buffer.alloc(smallestPart, "part");
    const first = await patch(location, part, { "content-range": `0-${smallestPart - 1}` });
    expect(first.status).toBe(201);
    expect(first.headers.get("range")).toBe(`0-${smallestPart - 1}`);
    const next = await patch(location, "wor", {
      "content-range": `${smallestPart}-${smallestPart + 2}`,
    });
    expect(next.headers.get("range")).toBe(`0-${smallestPart + 2}`);
    const digest = sha256(`${part}wor`);
    const last = await finish(location, digest);
    expect(last.status).toBe(201);
    expect(last.headers.get("docker-content-digest")).toBe(digest);
    expect(await (await repository.fetch(`/blobs/${digest}`)).text()).toBe(`${part}wor`);
  });

  test.each(["PATCH", "PUT"])(
    "in parts that are too small, the last by %s: refused at the end, and not kept",
    async (lastBy) => {
      const location = await start();
      expect((await patch(location, "hello ")).status).toBe(201);
      if (lastBy === "PATCH") expect((await patch(location, "world")).status).toBe(201);
      const digest = sha256("hello world");
      const end = () => finish(location, digest, lastBy === "PUT" ? "world" : undefined);
      expect(await errorOf(await end())).toEqual({
        status: 400,
        code: "BLOB_UPLOAD_INVALID",
        message: "All layer parts except the last part should be at least 5MB",
      });
      expect((await end()).status).toBe(404);
      expect((await repository.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
    },
  );

  test("the Range header stays at the first ten megabytes", async () => {
    const location = await start();
    const answer = await patch(location, Buffer.alloc(11 * 1024 * 1024));
    expect(answer.headers.get("range")).toBe("0-10485759");
    const next = await patch(location, "x", { "content-range": "11534336-11534336" });
    expect(next.status).toBe(201);
  });

  test("a part out of order is refused, and the session goes on", async () => {
    const location = await start();
    const part = Buffer.alloc(smallestPart, "part");
    await patch(location, part);
    expect(await errorOf(await patch(location, "1", { "content-range": "0-0" }))).toEqual({
      status: 416,
      code: "BLOB_UPLOAD_INVALID",
      message: `First byte of the layer part is 0 instead of ${smallestPart}`,
    });
    const range = `${smallestPart}-${smallestPart}`;
    expect((await patch(location, "6", { "content-range": range })).status).toBe(201);
    expect((await finish(location, sha256(`${part}6`))).status).toBe(201);
  });

  test("content that is not what it should be is not kept", async () => {
    const digest = sha256("the right content");
    expect(await errorOf(await finish(await start(), digest, "the wrong content"))).toEqual({
      status: 400,
      code: "BLOB_UPLOAD_INVALID",
      message: "None of the provided layer digests match the calculated layer digest",
    });
    expect((await repository.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
  });

  test.each(["whole", "in parts"])("sha512, %s", async (how) => {
    const content = `sha512 ${how}`;
    const digest = `sha512:${createHash("sha512").update(content).digest("hex")}`;
    const location = await start();
    if (how === "in parts") await patch(location, content);
    const end = await finish(location, digest, how === "whole" ? content : undefined);
    expect(end.status).toBe(201);
    expect(await (await repository.fetch(`/blobs/${digest}`)).text()).toBe(content);
  });

  test("cannot be asked about, can be cancelled, and do not cross repositories", async () => {
    const location = await start();
    expect((await repository.fetch(location)).status).toBe(404);
    const elsewhere = location.replace("team/app", "team/other");
    expect((await patch(elsewhere, "x")).status).toBe(404);
    expect((await repository.fetch(location, { method: "DELETE" })).status).toBe(204);
    expect((await patch(location, "x")).status).toBe(404);
  });

  test("a wrong digest is refused before the content is read", async () => {
    expect(await errorOf(await finish(await start(), "sha256:abc", "x"))).toMatchObject({
      status: 400,
      code: "DIGEST_INVALID",
    });
  });
});
