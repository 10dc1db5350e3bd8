import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type { Source } from "../../src/oci/content.ts";
import { copyTree } from "../../src/oci/copy.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { blobsOf, readTree } from "../../src/oci/tree.ts";
import { makeImage } from "../support/layout.ts";
import { memorySource } from "./memory.ts";
import { type Answer, afterBody, clientOf, serve } from "./server.ts";
import { expectNothingUnheard } from "./unheard.ts";
import { tryWithoutWaiting } from "./without-waiting.ts";

expectNothingUnheard();
tryWithoutWaiting();

const content = Buffer.alloc(3_000_000, "x");
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(content), size: content.length };
const image = makeImage({ platforms: ["linux/amd64"], layers: [2_000_000] });
const tree = await readTree(image.root, memorySource(image));

const envelope = (code: string) => JSON.stringify({ errors: [{ code, message: "so it is" }] });

type Put = (request: IncomingMessage, response: ServerResponse, at: number) => void;

/** A registry that has nothing and takes everything, but for how it answers a blob's PUT. */
function uploads(put: Put, location = "/v2/app/blobs/uploads/1"): Answer {
  let puts = 0;
  return (request, response) => {
    if (request.method === "HEAD") response.writeHead(404).end();
    else if (request.method === "POST") response.writeHead(202, { Location: location }).end();
    else if (request.url?.includes("/manifests/")) {
      afterBody(request, () => response.writeHead(201).end());
    } else {
      puts += 1;
      put(request, response, puts);
    }
  };
}

const accept: Put = (request, response) => afterBody(request, () => response.writeHead(201).end());

describe("where an upload goes", () => {
  it.each([
    ["an absolute path", "/v2/app/blobs/uploads/1", "/v2/app/blobs/uploads/1?digest="],
    ["a path with a query", "/up/1?state=a%3Db%2F", "/up/1?state=a%3Db%2F&digest="],
    ["a path relative to the upload", "1?a=b", "/v2/app/blobs/uploads/1?a=b&digest="],
  ])("%s", async (_what, location, path) => {
    await using server = await serve(uploads(accept, location));
    await clientOf(server).putBlob(blob, Readable.from([content]));
    expect(server.asked).toEqual(["POST /v2/app/blobs/uploads/", `PUT ${path}${blob.digest}`]);
  });

  it("another origin gets the bytes and not the credentials", async () => {
    await using other = await serve(uploads(accept));
    await using server = await serve(uploads(accept, `${other.origin}/up/1`));
    await clientOf(server).putBlob(blob, Readable.from([content]));
    expect(other.asked).toEqual([`PUT /up/1?digest=${blob.digest}`]);
    expect(other.authorizations).toEqual([undefined]);
  });

  it("nowhere, when the registry does not say", async () => {
    await using server = await serve((_, response) => response.writeHead(202).end());
    const putting = clientOf(server).putBlob(blob, Readable.from([content]));
    await expect(putting).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("what an upload sends", () => {
  it("the bytes, with their length", async () => {
    const seen: { length?: string | undefined; bytes?: Buffer } = {};
    await using server = await serve(
      uploads((request, response) => {
        seen.length = request.headers["content-length"];
        void buffer(request).then((bytes) => {
          seen.bytes = bytes;
          response.writeHead(201).end();
        });
      }),
    );
    await clientOf(server).putBlob(blob, Readable.from([content]));
    expect(seen).toEqual({ length: `${content.length}`, bytes: content });
  });

  it("the bytes as they were, though their memory is used again for the next", async () => {
    const memory = Buffer.alloc(500_000);
    const fill = (at: number) => memory.fill(String(at));
    async function* reusing() {
      for (let at = 0; at < 8; at += 1) yield fill(at);
      fill(9);
    }
    const bytes = Buffer.concat(Array.from({ length: 8 }, (_, at) => Buffer.from(fill(at))));
    let seen: Buffer | undefined;
    await using server = await serve(
      uploads((request, response) => {
        // So late that what the kernel does not take at once waits in the process.
        setTimeout(async () => {
          seen = await buffer(request);
          response.writeHead(201).end();
        }, 50);
      }),
    );
    const size = bytes.length;
    await clientOf(server).putBlob({ ...blob, digest: digestOf(bytes), size }, reusing());
    expect(seen?.equals(bytes)).toBe(true);
  });

  it("no bytes, with that length", async () => {
    const lengths: (string | undefined)[] = [];
    await using server = await serve(
      uploads((request, response, at) => {
        lengths.push(request.headers["content-length"]);
        accept(request, response, at);
      }),
    );
    await clientOf(server).putBlob({ ...blob, digest: digestOf(""), size: 0 }, Readable.from([]));
    expect(lengths).toEqual(["0"]);
  });

  it("nothing to the end, when its source breaks, and says why", async () => {
    const broken = new SlipwayError("CONTENT_CORRUPT", "the layout was tampered with");
    await using server = await serve(uploads(accept));
    const body = Readable.from(
      (function* () {
        yield content.subarray(0, 1_000_000);
        throw broken;
      })(),
    );
    await expect(clientOf(server).putBlob(blob, body)).rejects.toBe(broken);
    await vi.waitFor(async () => expect(await server.open()).toBe(0));
  });
});

describe("an upload that a registry refuses before it has it all", () => {
  /** Bytes without an end: whoever waits for one waits for ever. */
  const endless = () =>
    new Readable({
      read() {
        setTimeout(() => this.push(Buffer.alloc(64 * 1024)), 1);
      },
    });
  const large = { ...blob, size: 1e9 };

  it("is stopped, told as refused, and its connection closed", async () => {
    await using server = await serve(
      uploads((_, response) => response.writeHead(403).end(envelope("DENIED"))),
    );
    const body = endless();
    await expect(clientOf(server).putBlob(large, body)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
    await vi.waitFor(async () => expect(await server.open()).toBe(0));
  });

  it("and hangs up on is an error, soon", async () => {
    await using server = await serve(
      uploads((_, response) =>
        response.writeHead(403, { Connection: "close" }).end(envelope("DENIED")),
      ),
    );
    const body = endless();
    const code = expect.stringMatching(/^(ACCESS_DENIED|REGISTRY_UNAVAILABLE)$/);
    await expect(clientOf(server).putBlob(large, body)).rejects.toMatchObject({ code });
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });

  it("and never reads is given up", async () => {
    await using server = await serve(uploads((request) => request.pause()));
    const body = endless();
    const putting = clientOf(server, { idleMs: 100 }).putBlob(large, body);
    await expect(putting).rejects.toMatchObject({
      code: "REGISTRY_UNAVAILABLE",
      message: expect.stringContaining("nothing moved"),
    });
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });

  it("and that is stopped, ends as stopped", async () => {
    await using server = await serve(uploads((request) => request.resume()));
    const stop = new AbortController();
    const body = endless();
    setTimeout(() => stop.abort(), 30);
    const putting = clientOf(server, { signal: stop.signal }).putBlob(large, body);
    await expect(putting).rejects.toMatchObject({ code: "INTERRUPTED" });
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });
});

describe("an upload that fails for a passing reason is begun afresh", () => {
  const counted = (source: Source) => {
    const read: string[] = [];
    return {
      ...source,
      read,
      blob: (descriptor: Parameters<Source["blob"]>[0]) => {
        read.push(descriptor.digest);
        return source.blob(descriptor);
      },
    };
  };

  it.each<[string, Put]>([
    [
      "416",
      (request, response) =>
        afterBody(request, () => response.writeHead(416).end(envelope("BLOB_UPLOAD_INVALID"))),
    ],
    [
      "a lost part",
      (request, response) =>
        afterBody(request, () => response.writeHead(400).end(envelope("BLOB_UPLOAD_INVALID"))),
    ],
    [
      "a lost upload",
      (request, response) =>
        afterBody(request, () => response.writeHead(404).end(envelope("BLOB_UPLOAD_UNKNOWN"))),
    ],
    ["500", (request, response) => afterBody(request, () => response.writeHead(500).end())],
    ["429 before the end", (_, response) => response.writeHead(429).end()],
    ["a reset", (request) => request.socket.resetAndDestroy()],
  ])("%s", async (_how, misbehave) => {
    await using shaky = await serve(
      uploads((request, response, at) =>
        at === 1 ? misbehave(request, response, at) : accept(request, response, at),
      ),
    );
    await using sound = await serve(uploads(accept));
    const source = counted(memorySource(image));
    const results = await copyTree(tree, source, [clientOf(shaky), clientOf(sound)]);
    expect(results.map(({ state }) => state)).toEqual(["copied", "copied"]);
    const count = blobsOf(tree.nodes).length;
    const posts = (asked: readonly string[]) =>
      asked.filter((line) => line.startsWith("POST")).length;
    expect([posts(shaky.asked), posts(sound.asked)]).toEqual([count + 1, count]);
    expect(source.read.length).toBe(count + 1);
  });

  it("and not when it is refused for good", async () => {
    await using server = await serve(
      uploads((request, response) => afterBody(request, () => response.writeHead(403).end())),
    );
    const [result] = await copyTree(tree, memorySource(image), [clientOf(server)]);
    expect(result).toMatchObject({ state: "failed", error: { code: "ACCESS_DENIED" } });
    expect(server.asked.filter((line) => line.includes("manifests")).length).toBe(
      1 + tree.nodes.length - 1,
    );
  });
});
