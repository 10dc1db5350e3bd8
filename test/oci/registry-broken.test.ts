import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { Source } from "../../src/oci/content.ts";
import { copyTree } from "../../src/oci/copy.ts";
import type { Descriptor } from "../../src/oci/manifest.ts";
import { image, largest, memorySink, memorySource, tree } from "./memory.ts";
import { clientOf, serve, type TestServer } from "./server.ts";
import { expectNothingUnheard } from "./unheard.ts";
import { tryWithoutWaiting } from "./without-waiting.ts";

expectNothingUnheard();
tryWithoutWaiting();

describe("a registry that blobs come from and that breaks off amid each", () => {
  const half = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { "Content-Length": largest.size });
    response.write(Buffer.alloc(1000), () => request.socket.destroy());
  };

  /** The image with its largest blob in this registry. */
  const largestFrom = (registry: TestServer): Source => {
    const kept = memorySource(image);
    return {
      ...kept,
      blob: (one: Descriptor) =>
        one.digest === largest.digest ? clientOf(registry).blob(one) : kept.blob(one),
    };
  };

  it.each(["the registry", "its storage"])(
    "%s: five times for each, and then it is named",
    async (who) => {
      await using storage = await serve((request, response) => half(request, response));
      await using registry = await serve((request, response) => {
        if (who === "the registry") half(request, response);
        else response.writeHead(307, { Location: `${storage.origin}/kept` }).end();
      });
      const sink = memorySink();
      const source = largestFrom(registry);
      const [result] = await copyTree(tree, source, [sink]);
      expect(registry.asked.length).toBe(5);
      const { host } = new URL(who === "the registry" ? registry.origin : storage.origin);
      expect(result).toMatchObject({
        state: "failed",
        error: { code: "REGISTRY_UNAVAILABLE", message: expect.stringContaining(host) },
      });
      expect(sink.manifests.size).toBe(0);
    },
  );

  it("is asked no more once it does not even begin", async () => {
    await using registry = await serve((request, response, at) => {
      if (at === 1) half(request, response);
      else response.writeHead(503).end();
    });
    const source = largestFrom(registry);
    const [result] = await copyTree(tree, source, [memorySink()]);
    expect(result).toMatchObject({ state: "failed", error: { code: "REGISTRY_UNAVAILABLE" } });
    expect(registry.asked.length).toBe(1 + 5);
  });
});
