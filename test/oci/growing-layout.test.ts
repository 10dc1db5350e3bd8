import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Copying } from "../../src/oci/copy.ts";
import { offerWhileGrowing } from "../../src/oci/growing-layout.ts";
import { type Descriptor, digestOf } from "../../src/oci/manifest.ts";
import { noise } from "../support/layout.ts";
import { expectNothingUnheard } from "./unheard.ts";

expectNothingUnheard();

let directory: string;
let ingest: string;
const bytes = noise("growing", 300_000);
const digest = digestOf(bytes);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "slipway-growing-"));
  ingest = join(directory, "ingest", "one");
  mkdirSync(ingest, { recursive: true });
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Begins a blob as containerd's content store does. */
function begin(part: number, total = bytes.length): void {
  writeFileSync(join(ingest, "data"), bytes.subarray(0, part));
  writeFileSync(join(ingest, "ref"), `layer-${digest}`);
  writeFileSync(join(ingest, "total"), String(total));
}

function finish(from: number): void {
  appendFileSync(join(ingest, "data"), bytes.subarray(from));
  renameSync(join(ingest, "data"), join(directory, "blobs", digest.replace(":", "/")));
  rmSync(ingest, { recursive: true });
}

/** Takes what is offered, whole. */
function taker() {
  const offered: Descriptor[] = [];
  const taken: { blob: Descriptor; bytes: Buffer | "failed" }[] = [];
  const copying: Pick<Copying, "offer"> = {
    async offer(blob, source) {
      offered.push(blob);
      const read = await buffer(await source.blob(blob)).catch(() => "failed" as const);
      taken.push({ blob, bytes: read });
    },
  };
  return { offered, taken, copying };
}

describe("a layout that is being written", () => {
  it("is sent while it grows, also when the blob is moved to its place meanwhile", async () => {
    begin(100_000);
    const done = new AbortController();
    const { taken, copying } = taker();
    const offering = offerWhileGrowing(directory, copying, done.signal);
    await sleep(60);
    finish(100_000);
    while (taken.length === 0) await sleep(5);
    done.abort();
    await offering;
    expect(taken).toHaveLength(1);
    expect(taken[0]?.blob).toMatchObject({ digest, size: bytes.length });
    expect(bytes.equals(taken[0]?.bytes as Buffer)).toBe(true);
  });

  it("sends a blob whole that was moved after it was seen and before it was opened", async () => {
    begin(bytes.length);
    renameSync(join(ingest, "data"), join(directory, "blobs", digest.replace(":", "/")));
    const done = new AbortController();
    const { taken, copying } = taker();
    const offering = offerWhileGrowing(directory, copying, done.signal);
    while (taken.length === 0) await sleep(5);
    done.abort();
    await offering;
    expect(bytes.equals(taken[0]?.bytes as Buffer)).toBe(true);
  });

  it("offers what is finished, once, and nothing small", async () => {
    begin(0);
    finish(0);
    writeFileSync(join(directory, "blobs", "sha256", digestOf("small").slice(7)), "small");
    const done = new AbortController();
    const { taken, copying } = taker();
    const offering = offerWhileGrowing(directory, copying, done.signal);
    while (taken.length === 0) await sleep(5);
    await sleep(60); // two more looks
    done.abort();
    await offering;
    expect(taken.map(({ blob }) => blob.digest)).toEqual([digest]);
  });

  it("gives a blob up that the build leaves unfinished", async () => {
    begin(100_000);
    const done = new AbortController();
    const { offered, taken, copying } = taker();
    const offering = offerWhileGrowing(directory, copying, done.signal);
    while (offered.length === 0) await sleep(5);
    done.abort();
    await offering;
    expect(taken.map((one) => one.bytes)).toEqual(["failed"]);
  });

  it("waits for a directory that is not there yet", async () => {
    rmSync(directory, { recursive: true });
    const done = new AbortController();
    const { taken, copying } = taker();
    const offering = offerWhileGrowing(directory, copying, done.signal);
    await sleep(60);
    done.abort();
    await offering;
    expect(taken).toEqual([]);
  });
});
