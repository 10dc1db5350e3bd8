import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { openRegistry } from "../../src/oci/registry.ts";
import { type Answer, afterBody, clientOf, serve } from "./server.ts";
import { expectNothingUnheard } from "./unheard.ts";
import { tryWithoutWaiting } from "./without-waiting.ts";

expectNothingUnheard();
tryWithoutWaiting();

const manifest = Buffer.from(JSON.stringify({ mediaType: mediaTypes.ociIndex, manifests: [] }));
const stored = { bytes: manifest, digest: digestOf(manifest), mediaType: mediaTypes.ociIndex };
const unavailable = { code: "REGISTRY_UNAVAILABLE" };

const respond = (
  response: ServerResponse,
  status: number,
  body: string | Buffer = "",
  headers = {},
) => response.writeHead(status, headers).end(body);
const envelope = (code: string) => JSON.stringify({ errors: [{ code, message: "so it is" }] });

/** Misbehaves at the first request, and then gives the manifest. */
const atFirst =
  (misbehave: (request: IncomingMessage, response: ServerResponse) => void): Answer =>
  (request, response, at) => {
    if (at === 1) misbehave(request, response);
    else respond(response, 200, manifest, { "Content-Type": stored.mediaType });
  };

describe("a question that fails for a passing reason is asked again", () => {
  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ["500", (_, response) => respond(response, 500, "down")],
    ["503 with an envelope", (_, response) => respond(response, 503, envelope("UNAVAILABLE"))],
    ["429", (_, response) => respond(response, 429, envelope("TOOMANYREQUESTS"))],
    ["408", (_, response) => respond(response, 408)],
    ["a connection that is reset", (request) => request.socket.resetAndDestroy()],
    ["a connection that ends without an answer", (request) => request.socket.destroy()],
    [
      "half an answer",
      (request, response) => {
        response.writeHead(200, { "Content-Length": manifest.length });
        response.write(manifest.subarray(0, 20), () => request.socket.destroy());
      },
    ],
    ["an answer that stalls", (_, response) => response.writeHead(200).write("{")],
    ["no answer", () => {}],
  ])("%s", async (_how, misbehave) => {
    await using server = await serve(atFirst(misbehave));
    const registry = clientOf(server, { idleMs: 100 });
    expect(await registry.manifest(stored)).toEqual(stored);
    expect(server.asked.length).toBe(2);
  });

  it("five times, and then it is told with its cause", async () => {
    await using server = await serve((_, response) => respond(response, 500, "down"));
    await expect(clientOf(server).hasManifest(stored.digest)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining("the registry answered 500"),
    });
    expect(server.asked.length).toBe(5);
  });

  it("five times of silence, and then it is told what was waited for", async () => {
    await using server = await serve(() => {});
    const registry = clientOf(server, { idleMs: 20 });
    await expect(registry.hasBlob({ ...stored, size: 1 })).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/127\.0\.0\.1:\d+ could not be reached: nothing moved for/),
    });
  });

  it("and not when nobody is there to be reached for long", async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    await expect(clientOf(server).hasManifest(stored.digest)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("credentials that the registry refuses", () => {
  it.each([
    [401, "Not Authorized"],
    [403, "Your authorization token has expired. Reauthenticate and try again."],
  ])("%i %s: are renewed once for a question", async (status, body) => {
    await using server = await serve((_, response) => respond(response, status, body));
    const { origin } = server;
    const credentials = async () => ({ username: "AWS", password: "another one" });
    const client = openRegistry({ origin, repository: "team/app", credentials });
    const denied = {
      code: "ACCESS_DENIED",
      message: expect.stringContaining(`answered ${status}`),
    };
    await expect(client.manifest(stored)).rejects.toMatchObject(denied);
    expect(server.asked.length).toBe(2);
    await expect(client.manifest(stored)).rejects.toMatchObject(denied);
    expect(server.asked.length).toBe(4);
  });

  it("make way for new ones, and a blob is sent again with them", async () => {
    const passwords: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      request.resume();
      const password = passwordOf(request);
      passwords.push(password);
      const isPut = request.method === "PUT";
      if (password === "old" && isPut) respond(response, 401, "Not Authorized");
      else respond(response, isPut ? 201 : 202, "", { location: "/v2/up/1" });
    });
    const old = { username: "AWS", password: "old" };
    let held = old;
    const client = openRegistry({
      origin: server.origin,
      repository: "team/app",
      credentials: async (refused) => {
        if (refused === old) held = { username: "AWS", password: "new" };
        return held;
      },
    });
    const bytes = Buffer.from("blob");
    const blob = { mediaType: "x", digest: digestOf(bytes), size: bytes.length };
    const putting = client.putBlob(blob, Readable.from([bytes]));
    await expect(putting).rejects.toMatchObject(unavailable);
    await client.putBlob(blob, Readable.from([bytes]));
    expect(passwords).toEqual(["old", "old", "new", "new"]);
  });
});

function passwordOf({ headers }: IncomingMessage): string | undefined {
  const [, basic = ""] = headers.authorization?.split(" ") ?? [];
  return Buffer.from(basic, "base64").toString().split(":")[1];
}

describe("a question that fails for good is asked once", () => {
  it.each([
    [401, "Not Authorized", "ACCESS_DENIED"],
    [403, "Your authorization token has expired. Reauthenticate and try again.", "ACCESS_DENIED"],
    [403, envelope("DENIED"), "ACCESS_DENIED"],
    [400, envelope("MANIFEST_INVALID"), "REGISTRY_FAILED"],
    [405, envelope("UNSUPPORTED"), "REGISTRY_FAILED"],
  ])("%i %s", async (status, body, code) => {
    await using server = await serve((_, response) => respond(response, status, body));
    const refused = clientOf(server).manifest(stored);
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`the registry answered ${status} GET 127.0.0.1`),
    });
    expect(server.asked.length).toBe(1);
  });

  it.each([
    ["other bytes", Buffer.from("{}"), "CONTENT_CORRUPT"],
    ["a sha512 digest that is another's", manifest, "CONTENT_CORRUPT"],
    ["more than a manifest may have", Buffer.alloc(5_000_000), "MANIFEST_INVALID"],
  ])("%s", async (what, bytes, code) => {
    await using server = await serve((_, response) => respond(response, 200, bytes));
    const digest: Digest = what.includes("sha512") ? `sha512:${"0".repeat(128)}` : stored.digest;
    await expect(clientOf(server).manifest({ ...stored, digest })).rejects.toMatchObject({ code });
    expect(server.asked.length).toBe(1);
  });

  it("knows a manifest by its sha512 digest as well", async () => {
    await using server = await serve((_, response) => respond(response, 200, manifest));
    const digest: Digest = `sha512:${createHash("sha512").update(manifest).digest("hex")}`;
    expect((await clientOf(server).manifest({ ...stored, digest })).bytes).toEqual(manifest);
  });
});

describe("a blob that is kept elsewhere", () => {
  const content = Buffer.alloc(200_000, "x");
  const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(content), size: content.length };

  it("is read there without the registry's credentials", async () => {
    await using storage = await serve((_, response) => respond(response, 200, content));
    await using server = await serve((_, response) =>
      respond(response, 307, "", { Location: `${storage.origin}/a%2Fb?signature=a%3D` }),
    );
    expect(await buffer(await clientOf(server).blob(blob))).toEqual(content);
    expect(storage.asked).toEqual(["GET /a%2Fb?signature=a%3D"]);
    expect([server.authorizations[0], storage.authorizations[0]]).toEqual([
      `Basic ${Buffer.from("AWS:secret").toString("base64")}`,
      undefined,
    ]);
  });

  it("may be kept at a relative address", async () => {
    await using server = await serve((request, response) =>
      request.url?.startsWith("/kept")
        ? respond(response, 200, content)
        : respond(response, 307, "", { Location: "/kept/here" }),
    );
    expect(await buffer(await clientOf(server).blob(blob))).toEqual(content);
  });

  it("is asked for once more when the storage is down", async () => {
    await using storage = await serve((_, response, at) =>
      at === 1 ? respond(response, 503) : respond(response, 200, content),
    );
    await using server = await serve((_, response) =>
      respond(response, 307, "", { Location: storage.origin }),
    );
    expect(await buffer(await clientOf(server).blob(blob))).toEqual(content);
    expect(server.asked.length).toBe(2);
  });

  it("and an address that is refused is not told with its signature", async () => {
    await using storage = await serve((_, response) => respond(response, 403, "no"));
    await using server = await serve((_, response) =>
      respond(response, 307, "", { Location: `${storage.origin}/x?signature=secret` }),
    );
    const refused = await clientOf(server)
      .blob(blob)
      .catch((error) => error);
    expect(refused).toMatchObject({ code: "ACCESS_DENIED" });
    expect(refused.message).not.toContain("secret");
    expect(refused.suggestions).toEqual([expect.stringContaining(new URL(storage.origin).host)]);
  });

  it("and an address that is none is the registry's fault", async () => {
    await using server = await serve((_, response) =>
      respond(response, 307, "", { Location: "http://:0" }),
    );
    await expect(clientOf(server).blob(blob)).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });

  it.each([
    ["ends too early", (socket: IncomingMessage["socket"]) => socket.destroy()],
    ["stalls", () => {}],
  ])("and a stream that %s ends in an error that can be tried again", async (_how, end) => {
    await using server = await serve((request, response) => {
      response.writeHead(200, { "Content-Length": content.length });
      response.write(content.subarray(0, 1000), () => end(request.socket));
    });
    const body = await clientOf(server, { idleMs: 100 }).blob(blob);
    await expect(buffer(body)).rejects.toMatchObject(unavailable);
  });

  it("and a stream that is stopped ends as stopped", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "Content-Length": content.length }).write("x");
    });
    const stop = new AbortController();
    const body = await clientOf(server, { signal: stop.signal }).blob(blob);
    setTimeout(() => stop.abort(), 10);
    await expect(buffer(body)).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  it("and a stream that nobody wants any more frees its connection", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "Content-Length": content.length }).write(content.subarray(1));
    });
    const body = await clientOf(server).blob(blob);
    await body[Symbol.asyncIterator]().return?.();
    await vi.waitFor(async () => expect(await server.open()).toBe(0));
  });
});

describe("connections", () => {
  it("are used again, sixteen at the most for one host, whatever was answered", async () => {
    await using server = await serve((request, response, at) =>
      afterBody(request, () => respond(response, at % 2 ? 200 : 404, "", { "Content-Length": 0 })),
    );
    const stop = new AbortController();
    const registry = clientOf(server, { signal: stop.signal });
    const questions = Array.from({ length: 100 }, () => registry.hasManifest(stored.digest));
    expect((await Promise.all(questions)).filter(Boolean).length).toBe(50);
    for (let at = 0; at < 20; at += 1) await registry.putManifest(stored).catch(() => {});
    await sleep(5);
    expect(server.connections()).toBeLessThanOrEqual(16);
  });

  it("are left when a question is stopped", async () => {
    await using server = await serve(() => {});
    const stop = new AbortController();
    const asking = clientOf(server, { signal: stop.signal }).hasManifest(stored.digest);
    setTimeout(() => stop.abort(), 10);
    await expect(asking).rejects.toMatchObject({ code: "INTERRUPTED" });
    await vi.waitFor(async () => expect(await server.open()).toBe(0));
    expect(server.asked.length).toBe(1);
  });
});
