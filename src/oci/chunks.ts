import { open } from "node:fs/promises";
import { SlipwayError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";

/**
 * Bytes, piece by piece. A piece is its reader's until the reader asks for the next one, which may come
 * in the same memory: so gigabytes pass through one buffer. Who keeps a piece copies it.
 */
export type Chunks = AsyncIterable<Buffer>;

const chunkBytes = 512 * 1024;

/** Asked where a read brought less than it might: how many bytes there were so far, and whether it brought any. */
export type AskMore = (seen: number, grew: boolean) => boolean | Promise<boolean>;

/** The bytes of a file, in full pieces but for the last. `more` tells whether to read on, or that this is the end. */
export async function* fileChunks(
  path: string,
  more: AskMore = (_, grew) => grew,
): AsyncGenerator<Buffer, void> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    let filled = chunkBytes;
    for (let at = 0; filled === chunkBytes; at += filled) {
      filled = 0;
      while (filled < chunkBytes) {
        const { bytesRead } = await file.read(buffer, filled, chunkBytes - filled, at + filled);
        filled += bytesRead;
        if (filled < chunkBytes && !(await more(at + filled, bytesRead > 0))) break;
      }
      if (filled > 0) yield buffer.subarray(0, filled);
    }
  } finally {
    await file.close();
  }
}

/**
 * The body of an answer. Its pieces have memory of their own each, which is given back as soon as the reader asks
 * for the next: left to the collector, it would be some seventy megabytes at any time. Ended early, it frees
 * the connection.
 */
export function answerChunks({ headers, body }: Pick<HttpAnswer, "headers" | "body">): Chunks {
  // Without a length a body comes in frames, and several of them may lie in one piece of memory.
  const isAlone = headers["content-length"] !== undefined;
  return {
    [Symbol.asyncIterator]() {
      const pieces = body[Symbol.asyncIterator]();
      let last: Buffer<ArrayBuffer> | undefined;
      return {
        async next() {
          // Less than all of its memory may share it with others.
          if (isAlone && last && last.length === last.buffer.byteLength) last.buffer.transfer(0);
          const piece = await pieces.next();
          last = piece.done ? undefined : piece.value;
          return piece;
        },
        async return() {
          return (await pieces.return?.()) ?? { done: true, value: undefined };
        },
      };
    },
  };
}

/** All the bytes, at most `limit` of them; more is MANIFEST_INVALID, for only manifests are read whole. */
export async function readWhole(chunks: Chunks, limit: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) {
      throw new SlipwayError("MANIFEST_INVALID", `the answer is larger than ${limit} bytes`);
    }
    kept.push(Buffer.from(chunk));
  }
  return Buffer.concat(kept);
}
