import type { IncomingMessage } from "node:http";

/** An answer's bytes; where they end too early, an error in our words. Read no further than it ends, it frees the connection. */
export interface Body extends AsyncIterable<Buffer<ArrayBuffer>> {
  /** Lets all of it go by. */
  resume(): void;
}

/** Pieces that may wait for their reader. */
const piecesAhead = 2;

/**
 * The bytes are taken as soon as they come, so that a short body ends at once and frees its connection for the next
 * request. They stay apart, piece by piece: a stream would copy waiting pieces into one, and their own memory could no
 * longer be given back. `failure` words what ended them.
 */
export function bodyOf(answer: IncomingMessage, failure: (cause: unknown) => Error): Body {
  const waiting: Buffer<ArrayBuffer>[] = [];
  let isUnread = false;
  let end: { readonly error?: Error } | undefined;
  let wake = () => {};
  const ended = (how: typeof end) => {
    end ??= how;
    wake();
  };
  answer.on("data", (piece: Buffer<ArrayBuffer>) => {
    if (!isUnread) waiting.push(piece);
    if (waiting.length === piecesAhead) answer.pause();
    wake();
  });
  answer.on("end", () => ended({}));
  answer.on("error", (cause) => ended({ error: failure(cause) }));
  answer.on("close", () => ended({ error: failure(new Error("the connection was closed")) }));
  const next = async () => {
    if (waiting.length === 0 && end === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = waiting.shift();
    if (value === undefined && end?.error) throw end.error;
    answer.resume();
    return value === undefined ? { done: true as const, value } : { done: false as const, value };
  };
  return {
    resume() {
      isUnread = true;
      waiting.length = 0;
      answer.resume();
    },
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        answer.destroy();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The beginning of a body, as much as an error needs; the rest is not waited for. */
export async function readBeginning(body: Body, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
