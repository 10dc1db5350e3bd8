import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Chunks } from "../../src/oci/chunks.ts";
import { type Reader, share } from "../../src/oci/share.ts";

/** Pieces in one memory, as files give them. */
function reusing(pieces: number) {
  const memory = Buffer.alloc(4);
  const seen = { read: 0, closed: false };
  async function* chunks() {
    try {
      for (let at = 0; at < pieces; at += 1) {
        seen.read += 1;
        memory.writeUInt32BE(at);
        yield memory;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, chunks: chunks() };
}

/** Reads on slowly, and looks at each piece only at the end of its time. */
async function take(reader: Chunks, pauseMs: number, most = Number.POSITIVE_INFINITY) {
  const taken: number[] = [];
  for await (const chunk of reader) {
    await sleep(pauseMs);
    taken.push(chunk.readUInt32BE());
    if (taken.length >= most) break;
  }
  return taken;
}

function readersOf(chunks: Chunks, count: number) {
  const shared = share(chunks, count);
  return { ...shared, readers: shared.readers as [Reader, Reader, Reader] };
}

describe("bytes that are shared", () => {
  it("reach all as they were, at the pace of the slowest", async () => {
    const { chunks, seen } = reusing(20);
    const { readers } = readersOf(chunks, 3);
    const all = [0, 2, 1].map((ms, at) => take(readers[at] as Reader, ms));
    const wanted = Array.from({ length: 20 }, (_, at) => at);
    expect(await Promise.all(all)).toEqual([wanted, wanted, wanted]);
    expect(seen).toEqual({ read: 20, closed: true });
  });

  it("go on for the others when one breaks off, or never begins", async () => {
    const { chunks } = reusing(10);
    const { readers } = readersOf(chunks, 3);
    const [early, whole] = [take(readers[0], 0, 3), take(readers[1], 0)];
    await sleep(10);
    readers[2].leave();
    expect((await early).length).toBe(3);
    expect((await whole).length).toBe(10);
  });

  it("are not read on when nobody is left", async () => {
    const { chunks, seen } = reusing(10);
    const { readers, close } = readersOf(chunks, 2);
    for (const reader of readers) reader.leave();
    await close();
    expect(await take(readers[0], 0)).toEqual([]);
    expect(seen).toEqual({ read: 1, closed: true });
  });

  it("end for all with the error that they end with", async () => {
    const broken = new Error("broken");
    async function* chunks() {
      yield Buffer.alloc(4);
      throw broken;
    }
    const { readers, failure } = readersOf(chunks(), 2);
    const all = await Promise.allSettled(readers.map((reader) => take(reader, 1)));
    expect(all.map((one) => one.status === "rejected" && one.reason)).toEqual([broken, broken]);
    expect(failure()).toEqual({ error: broken });
  });
});
