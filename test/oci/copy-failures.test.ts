import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import type { Sink } from "../../src/oci/content.ts";
import { copyTree } from "../../src/oci/copy.ts";
import type { Descriptor } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { readTree } from "../../src/oci/tree.ts";
import { makeImage } from "../support/layout.ts";
import {
  asked,
  blobs,
  image,
  largest,
  type MemorySink,
  memorySink,
  memorySource,
  total,
  tree,
} from "./memory.ts";
import { expectNothingUnheard } from "./unheard.ts";
import { tryWithoutWaiting } from "./without-waiting.ts";

const passing = new SlipwayError("REGISTRY_UNAVAILABLE", "come back later");
const denied = new SlipwayError("ACCESS_DENIED", "no");

expectNothingUnheard();
tryWithoutWaiting();

/** Fails the first uploads of one blob with these errors, after some of its bytes. */
function failingOn(digest: Digest, ...errors: readonly Error[]) {
  const left = [...errors];
  const sink = memorySink();
  return {
    ...sink,
    async putBlob(descriptor: Descriptor, body: Readable) {
      const error = descriptor.digest === digest ? left.shift() : undefined;
      if (error === undefined) return await sink.putBlob(descriptor, body);
      sink.asked.push(`put-blob ${digest}`);
      for await (const _ of body) throw error;
    },
  };
}

/** Takes every blob, and the answer to it gets lost. */
function silentAfter(sink: MemorySink): MemorySink {
  return {
    ...sink,
    async putBlob(blob, body) {
      await sink.putBlob(blob, body);
      throw passing;
    },
  };
}

describe("a sink that fails", () => {
  it("for good does not hold back the others, and gets no manifest", async () => {
    const source = memorySource(image);
    const bad = failingOn(largest.digest, denied);
    const good = memorySink();
    const [failed, copied] = await copyTree(tree, source, [bad, good]);
    expect(failed).toEqual({ state: "failed", error: denied });
    expect(copied).toMatchObject({ state: "copied", movedBytes: total });
    expect(bad.manifests.size).toBe(0);
    expect(asked(bad, "put-blob").filter((digest) => digest === largest.digest).length).toBe(1);
    expect(source.read.filter((digest) => digest === largest.digest).length).toBe(1);
  });

  it("alone says its own error, not that of the stream it left", async () => {
    const [failed] = await copyTree(tree, memorySource(image), [failingOn(largest.digest, denied)]);
    expect(failed).toEqual({ state: "failed", error: denied });
  });

  it("before it reads anything says its own error as well", async () => {
    const bad = memorySink({ putBlob: () => Promise.reject(denied) });
    const long = makeImage({ layers: [2_000_000] });
    const longTree = await readTree(long.root, memorySource(long));
    const results = await copyTree(longTree, memorySource(long), [bad]);
    expect(results).toEqual([{ state: "failed", error: denied }]);
  });

  it("for a passing reason gets the blob again, alone", async () => {
    const source = memorySource(image);
    const shaky = failingOn(largest.digest, passing, passing);
    const good = memorySink();
    const results = await copyTree(tree, source, [shaky, good]);
    expect(results).toMatchObject([
      { state: "copied", movedBytes: total },
      { state: "copied", movedBytes: total },
    ]);
    expect(asked(good, "put-blob").length).toBe(blobs.length);
    expect(source.read.filter((digest) => digest === largest.digest).length).toBe(3);
  });

  it("for a passing reason that does not pass is given up after five attempts", async () => {
    const source = memorySource(image);
    const shaky = failingOn(largest.digest, ...Array(9).fill(passing));
    const [failed] = await copyTree(tree, source, [shaky]);
    expect(failed).toEqual({ state: "failed", error: passing });
    expect(source.read.filter((digest) => digest === largest.digest).length).toBe(5);
  });

  it("to say that a blob has arrived is asked, and not sent it again", async () => {
    const source = memorySource(image);
    const mute = silentAfter(memorySink());
    const [result] = await copyTree(tree, source, [mute]);
    expect(result).toMatchObject({ state: "copied", movedBytes: total, movedBlobs: blobs.length });
    expect(asked(mute, "put-blob").toSorted()).toEqual(
      blobs.map(({ digest }) => digest).toSorted(),
    );
    expect(source.read.length).toBe(blobs.length);
  });

  it("to say whether a blob has arrived has been asked often enough", async () => {
    const source = memorySource(image);
    const mute = silentAfter(memorySink());
    let isSent = false;
    const deaf: Sink = {
      ...mute,
      hasBlob: async (blob) => {
        if (isSent) throw passing;
        return await mute.hasBlob(blob);
      },
      putBlob: async (blob, body) => {
        isSent = true;
        await mute.putBlob(blob, body);
      },
    };
    const [failed] = await copyTree(tree, source, [deaf]);
    expect(failed).toEqual({ state: "failed", error: passing });
    expect(source.read.length).toBe(blobs.length);
  });

  it.each<[keyof Sink]>([["hasManifest"], ["hasBlob"], ["putManifest"]])(
    "at %s",
    async (method) => {
      const bad = memorySink({ [method]: () => Promise.reject(denied) });
      const results = await copyTree(tree, memorySource(image), [bad, memorySink()]);
      expect(results).toMatchObject([{ state: "failed", error: denied }, { state: "copied" }]);
      expect(bad.manifests.size).toBe(0);
    },
  );
});

describe("a source that fails", () => {
  const other = (digest: Digest) =>
    digest === largest.digest ? Buffer.alloc(largest.size, 1) : undefined;
  const short = (digest: Digest) => (digest === largest.digest ? Buffer.alloc(10, 1) : undefined);

  it.each([
    ["with other bytes", other],
    ["with too few", short],
  ])("%s: no sink gets a manifest", async (_how, override) => {
    const sinks = [memorySink(), memorySink()];
    const results = await copyTree(tree, memorySource(image, override), sinks);
    const failed = { state: "failed", error: { code: "CONTENT_CORRUPT" } };
    expect(results).toMatchObject([failed, failed]);
    for (const sink of sinks) expect(sink.manifests.size).toBe(0);
  });

  it("before its first byte, while the sinks are still getting ready", async () => {
    const missing = new SlipwayError("NOT_FOUND", "the layout has none");
    const patient = memorySink();
    const late = {
      ...patient,
      async putBlob(blob: Descriptor, body: Readable) {
        await sleep(10);
        await patient.putBlob(blob, body);
      },
    };
    const source = { ...memorySource(image), blob: () => Promise.reject(missing) };
    const results = await copyTree(tree, source, [late, memorySink()]);
    expect(results).toEqual([
      { state: "failed", error: missing },
      { state: "failed", error: missing },
    ]);
  });

  it("for a passing reason is read again", async () => {
    const source = memorySource(image);
    let attempts = 0;
    const shaky = {
      ...source,
      async blob(blob: Descriptor) {
        attempts += 1;
        if (attempts > 1) return await source.blob(blob);
        return new Readable({
          read() {
            this.destroy(passing);
          },
        });
      },
    };
    const results = await copyTree(tree, shaky, [memorySink(), memorySink()]);
    expect(results.map(({ state }) => state)).toEqual(["copied", "copied"]);
  });
});

describe("a copy that is stopped", () => {
  it("tries nothing again", async () => {
    const stop = new AbortController();
    const source = memorySource(image);
    const sink = memorySink({
      async putBlob(_blob, body) {
        stop.abort();
        for await (const _ of body) throw passing;
      },
    });
    const [result] = await copyTree(tree, source, [sink], { signal: stop.signal });
    expect(result).toMatchObject({ state: "failed" });
    expect(sink.manifests.size).toBe(0);
    expect(new Set(source.read).size).toBe(source.read.length);
  });
});
