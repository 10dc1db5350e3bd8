import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listen, readBody } from "../../src/local/http.ts";
import type { RequestLogEntry } from "../../src/local/reports.ts";
import { startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  ociManifest,
  openRepository,
  type RepositoryClient,
  repositoryClient,
  sha256,
} from "./registry.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-ecr-crowd-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const uploadsLeft = () => readdirSync(join(dir, "uploads"));

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Upload {
  readonly content: string;
  readonly asked: ClientRequest;
  readonly answered: Promise<Answer>;
}

async function answerOf(asked: ClientRequest): Promise<Answer> {
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

async function openUpload(repository: RepositoryClient): Promise<string> {
  const started = await repository.fetch("/blobs/uploads/", { method: "POST" });
  return started.headers.get("location") ?? "";
}

/** A PUT that has said half of what it has to say. */
function halfUpload({ headers }: RepositoryClient, location: string, at: number): Upload {
  const content = `content ${String(at).padStart(4, "0")}`;
  const asked = request(`${location}?digest=${sha256(content)}`, {
    method: "PUT",
    headers: { ...headers, "content-length": content.length },
    agent: false,
  });
  asked.write(content.slice(0, 6));
  return { content, asked, answered: answerOf(asked) };
}

test("of 300 clients that push at once, each is served or told 429, and none dropped", async () => {
  await using ecr = await startLocalEcr({ dir });
  const repository = await openRepository(ecrClient(ecr), "crowd");
  const places: string[] = [];
  for (let at = 0; at < 300; at += 1) places.push(await openUpload(repository));
  const uploads = places.map((place, at) => halfUpload(repository, place, at));
  const refused: Answer[] = [];
  const told = uploads.map(async (upload) => {
    const answer = await upload.answered;
    if (answer.status === 429) refused.push(answer);
    return { upload, status: answer.status };
  });
  // Nobody has ended: all answers so far are those beyond the bound.
  await expect.poll(() => refused.length, { timeout: 10_000 }).toBe(300 - 256);
  expect(refused[0]?.body).toContain("TOOMANYREQUESTS");
  for (const { asked, content } of uploads) asked.end(content.slice(6));
  const ends = await Promise.all(told);
  expect(ends.filter(({ status }) => status === 201)).toHaveLength(256);
  for (const { upload, status } of ends) {
    const blob = await repository.fetch(`/blobs/${sha256(upload.content)}`, { method: "HEAD" });
    expect(blob.status).toBe(status === 201 ? 200 : 404);
    if (status === 429) await repository.pushBlob(upload.content);
  }
});

test("of 300 API calls at once, each is answered or throttled", async () => {
  await using ecr = await startLocalEcr();
  const headers = {
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
    "content-length": 2,
  };
  const throttled: Answer[] = [];
  const calls = Array.from({ length: 300 }, () => {
    const asked = request(ecr.endpoint, { method: "POST", headers, agent: false });
    asked.write("{");
    const answered = answerOf(asked).then((answer) => {
      if (answer.body.includes("ThrottlingException")) throttled.push(answer);
      return answer;
    });
    return { asked, answered };
  });
  await expect.poll(() => throttled.length, { timeout: 10_000 }).toBe(300 - 256);
  for (const { asked } of calls) asked.end("}");
  const answers = await Promise.all(calls.map(({ answered }) => answered));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(256);
  expect(statuses.filter((status) => status === 400)).toHaveLength(44);
});

describe("a body that does not end", () => {
  test("is answered when it is too large, and not read on", async () => {
    await using ecr = await startLocalEcr();
    const { base, headers } = await openRepository(ecrClient(ecr), "endless");
    const asked = request(`${base}/manifests/huge`, {
      method: "PUT",
      headers: { ...headers, "content-type": ociManifest, "content-length": 1e12 },
    });
    asked.on("error", () => {});
    const piece = Buffer.alloc(1 << 20);
    const more = () => {
      while (!asked.destroyed && asked.write(piece));
    };
    asked.on("drain", more);
    more();
    expect((await answerOf(asked)).status).toBe(405);
    asked.destroy();
  });

  test("is told 408 when its client falls silent, and whoever reads it learns of it", async () => {
    const seen: RequestLogEntry[] = [];
    const server = await listen(
      async ({ body }) => ({ status: (await readBody(body, 100)) ? 200 : 413 }),
      (entry) => seen.push(entry),
      { port: 0, orAny: false, tls: undefined, idleMilliseconds: 200 },
    );
    const socket = connect(server.port, "127.0.0.1");
    socket.write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(() => seen.map(({ status }) => status)).toEqual([408]);
    await server.close();
  });
});

describe("nothing is left", () => {
  test("of an upload that is cancelled, also while its content comes", async () => {
    await using ecr = await startLocalEcr({ dir });
    const repository = await openRepository(ecrClient(ecr), "cancelled");
    const place = await openUpload(repository);
    const { asked, answered, content } = halfUpload(repository, place, 1);
    await expect
      .poll(async () => (await repository.fetch(place, { method: "PATCH", body: "x" })).status, {
        timeout: 10_000,
      })
      .toBe(416);
    expect((await repository.fetch(place, { method: "DELETE" })).status).toBe(204);
    expect(uploadsLeft()).toEqual([]);
    asked.end(content.slice(6));
    expect((await answered).status).toBe(404);
    const blob = await repository.fetch(`/blobs/${sha256(content)}`, { method: "HEAD" });
    expect([blob.status, uploadsLeft()]).toEqual([404, []]);
  });

  test("of a single POST that breaks off, and of one with a wrong digest", async () => {
    await using ecr = await startLocalEcr({ dir, spec: true });
    const repository = await repositoryClient(ecrClient(ecr), "single");
    const where = `/blobs/uploads/?digest=${sha256("wanted")}`;
    const wrong = await repository.fetch(where, { method: "POST", body: "other" });
    const none = await repository.fetch("/blobs/uploads/?digest=x", { method: "POST" });
    expect([wrong.status, none.status, uploadsLeft()]).toEqual([400, 400, []]);
    const { base, headers } = repository;
    const asked = request(`${base}${where}`, {
      method: "POST",
      headers: { ...headers, "content-length": 6 },
    });
    asked.on("error", () => {});
    asked.write("wan");
    await expect.poll(uploadsLeft, { timeout: 10_000 }).toHaveLength(1);
    asked.destroy();
    await expect.poll(uploadsLeft, { timeout: 10_000 }).toEqual([]);
  });
});
