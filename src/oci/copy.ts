import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checked } from "./checked.ts";
import type { Sink, Source } from "./content.ts";
import type { Descriptor } from "./manifest.ts";
import { eachOf } from "./parallel.ts";
import { type CopyOptions, type CopyResult, Receiving } from "./receiving.ts";
import type { Digest } from "./reference.ts";
import { isTransient, retrying } from "./retry.ts";
import { blobsOf, type Tree } from "./tree.ts";

/** Blobs read at once. Every one goes to all sinks that lack it, so this bounds each host as well. */
const blobsAtOnce = 4;
const chunkBytes = 512 * 1024;

/** A copy under way: blobs may be offered before it is known which image they belong to. */
export interface Copying {
  /** Sends a blob to every sink that lacks it. A failure is no failure yet: `finish` sends it again. */
  offer(blob: Descriptor, source: Pick<Source, "blob" | "place">): Promise<void>;
  /** Sends what is still missing of an image, then its manifests; what every sink got, in their order. */
  finish(tree: Tree, source: Source): Promise<CopyResult[]>;
}

/**
 * Copies an image to many sinks: asks what is there, reads each missing blob once however many sinks
 * need it, then puts manifests, children before parents. A sink that fails does not hold the others
 * back; its error is its result. Run again, it moves only what is still missing.
 */
export async function copyTree(
  tree: Tree,
  source: Source,
  sinks: readonly Sink[],
  options: CopyOptions = {},
): Promise<CopyResult[]> {
  return await startCopying(sinks, options).finish(tree, source);
}

/** As `copyTree`, for content that is still being made. */
export function startCopying(sinks: readonly Sink[], options: CopyOptions = {}): Copying {
  const states = sinks.map((sink, index) => new Receiving(sink, index, options));
  const offered = new Map<Digest, Promise<unknown>>();
  return {
    async offer(blob, source) {
      const sending = offered.get(blob.digest) ?? sendEarly(blob, source, states);
      offered.set(blob.digest, sending);
      await sending;
    },
    async finish(tree, source) {
      await Promise.all(offered.values());
      await Promise.all(states.map((state) => state.attempt(() => state.ask(tree))));
      await eachOf(blobsOf(tree.nodes), blobsAtOnce, (blob) => {
        const lacking = states.filter((state) => state.lacks(blob));
        return sendBlob(blob, source, lacking, options.signal);
      });
      await Promise.all(states.map((state) => state.attempt(() => state.putManifests())));
      return states.map((state) => state.result());
    },
  };
}

async function sendEarly(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
): Promise<void> {
  const lacking = await Promise.all(
    states.map((state) => state.isMissing(blob).catch(() => false)),
  );
  const wanting = await unmounted(
    blob,
    states.filter((_, at) => lacking[at]),
  );
  if (wanting.length > 0) await pour(blob, source, wanting);
}

/** Those to whom the blob's bytes must be sent, once it was mounted where it could be. */
async function unmounted(
  blob: Descriptor,
  states: readonly Receiving[],
): Promise<readonly Receiving[]> {
  const mounted = await Promise.all(states.map((state) => state.mounts(blob)));
  return states.filter((_, at) => !mounted[at]);
}

/** Reads the blob once for everyone who lacks it; who failed for a passing reason gets it again alone. */
async function sendBlob(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanting = await unmounted(blob, states);
  if (wanting.length === 0) return;
  const failures = await pour(blob, source, wanting);
  await Promise.all(
    failures.map(({ state, error }) =>
      state.attempt(async () => {
        if (!isTransient(error)) throw error;
        const again = async () => {
          const [failure] = await pour(blob, source, [state]);
          if (failure) throw failure.error;
        };
        await retrying(again, signal, [error], (why, ms) => state.waits(why, ms));
      }),
    ),
  );
}

interface Failure {
  readonly state: Receiving;
  readonly error: unknown;
}

async function pour(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
): Promise<Failure[]> {
  const bodies = states.map(() => new PassThrough({ highWaterMark: chunkBytes }));
  // Whoever reads a body learns of its end there; before anyone does, an error must not go unheard.
  for (const body of bodies) body.on("error", () => {});
  const receiving = states.map((state, at) => state.receive(blob, bodies[at] as PassThrough));
  const sent = (at: number, bytes: number) => states[at]?.report(bytes);
  let unreadable: { readonly error: unknown } | undefined;
  const reading = broadcast(blob, source, bodies, sent).catch((error) => {
    unreadable = { error };
    for (const body of bodies) body.destroy(error);
  });
  const results = await Promise.allSettled(receiving);
  for (const body of bodies) body.destroy();
  await reading;
  return results.flatMap((result, at): Failure[] => {
    if (result.status === "fulfilled") return [];
    const error = unreadable === undefined ? result.reason : unreadable.error;
    return [{ state: states[at] as Receiving, error }];
  });
}

/**
 * The slowest sink sets the pace, so that memory holds one chunk a sink and not one blob. Throws what
 * the source did wrong; that every sink has left is none of its faults.
 */
async function broadcast(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  bodies: readonly PassThrough[],
  sent: (at: number, bytes: number) => void,
) {
  const bytes: Readable = await source.blob(blob);
  const passOn = async (chunk: Buffer, body: PassThrough, at: number) => {
    const taken = await write(body, chunk);
    if (taken) sent(at, chunk.length);
    return taken;
  };
  let wanted = true;
  const reading = pipeline(bytes, checked(blob, source.place), async (chunks) => {
    for await (const chunk of chunks) {
      const taken = await Promise.all(bodies.map((body, at) => passOn(chunk, body, at)));
      wanted = taken.includes(true);
      if (!wanted) return;
    }
  });
  await reading.catch((error) => {
    if (wanted) throw error;
  });
  for (const body of bodies) body.end();
}

/** Whether the sink still takes bytes. */
async function write(body: PassThrough, chunk: Buffer): Promise<boolean> {
  if (body.destroyed) return false;
  if (!body.write(chunk)) await drained(body);
  return !body.destroyed;
}

function drained(body: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      body.off("drain", done).off("close", done);
      resolve();
    };
    body.on("drain", done).on("close", done);
  });
}
