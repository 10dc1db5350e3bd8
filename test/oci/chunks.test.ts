import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { answerChunks } from "../../src/oci/chunks.ts";

/** What an answer's reader saw of each piece: its bytes, and how many are left of it once the next one was asked for. */
async function readThrough(pieces: readonly Buffer[]) {
  const headers = { "content-length": "1" };
  const seen: Buffer[] = [];
  const bytes: number[] = [];
  for await (const piece of answerChunks({ headers, body: Readable.from(pieces) })) {
    seen.push(piece);
    bytes.push(piece.length);
  }
  return { bytes, left: seen.map(({ length }) => length) };
}

describe("the pieces of an answer", () => {
  const own = (size: number) => Buffer.from(new ArrayBuffer(size));

  it.each([64, 4, 1])("give their memory back when the next is asked for: %i KiB", async (kib) => {
    const { bytes, left } = await readThrough([own(kib * 1024), own(kib * 1024)]);
    expect(bytes).toEqual([kib * 1024, kib * 1024]);
    expect(left).toEqual([0, 0]);
  });

  it("keep what they share with others", async () => {
    const shared = new ArrayBuffer(2048);
    const pieces = [Buffer.from(shared, 0, 1024), Buffer.from(shared, 1024)];
    expect((await readThrough(pieces)).left).toEqual([1024, 1024]);
  });
});
