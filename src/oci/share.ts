import type { Chunks } from "./chunks.ts";

/** One of those who read the same bytes. */
export interface Reader extends Chunks {
  /** It wants no more, and the others need not wait for it. */
  leave(): void;
}

export interface Shared {
  readonly readers: readonly Reader[];
  /** What the source failed with; every reader who asked was told. */
  failure(): { readonly error: unknown } | undefined;
  /** Ends the reading, when nobody is to ask any more. */
  close(): Promise<void>;
}

/**
 * Reads `chunks` once for many: a piece is read when all who have not left ask for one, so the slowest sets the
 * pace and memory holds one piece for all of them. The first is read ahead, while they get ready.
 */
export function share(chunks: Chunks, count: number): Shared {
  const { next, ...source } = sourceOf(chunks);
  const present = new Set<object>();
  const asking = new Map<object, PromiseWithResolvers<Piece>>();
  const answer = () => {
    if (asking.size === 0 || asking.size < present.size) return;
    const asked = [...asking.values()];
    asking.clear();
    const piece = next();
    for (const { resolve } of asked) resolve(piece);
  };
  const join = (): Reader => {
    const own = {};
    present.add(own);
    const leave = () => {
      present.delete(own);
      asking.get(own)?.resolve(over);
      asking.delete(own);
      answer();
    };
    const ask = () => {
      if (!present.has(own)) return Promise.resolve(over);
      const asked = Promise.withResolvers<Piece>();
      asking.set(own, asked);
      answer();
      return asked.promise;
    };
    return { leave, [Symbol.asyncIterator]: () => iteratorOf(ask, leave) };
  };
  return { readers: Array.from({ length: count }, join), ...source };
}

type Piece = IteratorResult<Buffer, undefined>;
const over: Piece = { done: true, value: undefined };

function iteratorOf(next: () => Promise<Piece>, leave: () => void): AsyncIterator<Buffer> {
  const end = async () => {
    leave();
    return over;
  };
  return { next, return: end };
}

/** The bytes with their first piece on its way, and what went wrong with them. */
function sourceOf(chunks: Chunks) {
  const reading = chunks[Symbol.asyncIterator]();
  let failure: { readonly error: unknown } | undefined;
  const read = (): Promise<Piece> => {
    const piece = reading.next().then((found) => (found.done ? over : found));
    // Heard by whoever asked for it too, if anybody did.
    piece.catch((error) => {
      failure ??= { error };
    });
    return piece;
  };
  let first: Promise<Piece> | undefined = read();
  return {
    next() {
      const piece = first ?? read();
      first = undefined;
      return piece;
    },
    failure: () => failure,
    close: async () => void (await reading.return?.()),
  };
}
