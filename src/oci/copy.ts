import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checked } from "./checked.ts";
import type { Sink, Source } from "./content.ts";
import type { Descriptor } from "./manifest.ts";
import { eachOf } from "./parallel.ts";
import type { Digest } from "./reference.ts";
import { isTransient, retrying } from "./retry.ts";
import { blobsOf, type Node, type Tree } from "./tree.ts";

/** What one sink got: bytes and blobs that went over the wire, and those it had. */
export interface CopyCount {
  readonly movedBytes: number;
  readonly skippedBytes: number;
  readonly movedBlobs: number;
  readonly skippedBlobs: number;
  readonly movedManifests: number;
}

export type CopyResult =
  | ({ readonly state: "copied" } & CopyCount)
  | { readonly state: "failed"; readonly error: unknown };

export interface CopyOptions {
  /** Called as bytes leave, with how many more a sink has got. */
  readonly report?: (sink: number, bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Blobs read at once. Every one goes to all sinks that lack it, so this bounds each host as well. */
const blobsAtOnce = 4;
const questionsAtOnce = 8;
const chunkBytes = 1024 * 1024;

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
  const states = sinks.map((sink, index) => new Receiving(sink, index, options));
  await Promise.all(states.map((state) => state.attempt(() => state.ask(tree))));
  await eachOf(blobsOf(tree.nodes), blobsAtOnce, (blob) =>
    sendBlob(
      blob,
      source,
      states.filter((state) => state.lacks(blob)),
      options.signal,
    ),
  );
  await Promise.all(states.map((state) => state.attempt(() => state.putManifests())));
  return states.map((state) => state.result());
}

/** Reads the blob once for everyone who lacks it; who failed for a passing reason gets it again alone. */
async function sendBlob(
  blob: Descriptor,
  source: Source,
  states: readonly Receiving[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (states.length === 0) return;
  const failures = await pour(blob, source, states);
  await Promise.all(
    failures.map(({ state, error }) =>
      state.attempt(async () => {
        if (!isTransient(error)) throw error;
        await retrying(
          async () => {
            const [again] = await pour(blob, source, [state]);
            if (again) throw again.error;
          },
          signal,
          1,
        );
      }),
    ),
  );
}

interface Failure {
  readonly state: Receiving;
  readonly error: unknown;
}

async function pour(blob: Descriptor, source: Source, states: readonly Receiving[]) {
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

/** The slowest sink sets the pace, so that memory holds one chunk a sink and not one blob. */
async function broadcast(
  blob: Descriptor,
  source: Source,
  bodies: readonly PassThrough[],
  sent: (at: number, bytes: number) => void,
) {
  const bytes: Readable = await source.blob(blob);
  const passOn = async (chunk: Buffer, body: PassThrough, at: number) => {
    const taken = await write(body, chunk);
    if (taken) sent(at, chunk.length);
    return taken;
  };
  await pipeline(bytes, checked(blob, "the source"), async (chunks) => {
    for await (const chunk of chunks) {
      const taken = await Promise.all(bodies.map((body, at) => passOn(chunk, body, at)));
      if (!taken.includes(true)) return;
    }
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

/** One sink on its way to having the whole tree. */
class Receiving {
  readonly #sink: Sink;
  readonly #index: number;
  readonly #options: CopyOptions;
  #missing = new Map<Digest, Descriptor>();
  #nodes: readonly Node[] = [];
  #error: unknown;
  #count = { movedBytes: 0, skippedBytes: 0, movedBlobs: 0, skippedBlobs: 0, movedManifests: 0 };

  constructor(sink: Sink, index: number, options: CopyOptions) {
    this.#sink = sink;
    this.#index = index;
    this.#options = options;
  }

  /** A manifest that is there has all it names: registries refuse it otherwise. */
  async ask({ root, nodes }: Tree): Promise<void> {
    if (await this.#sink.hasManifest(root)) {
      this.#skip(blobsOf(nodes));
      return;
    }
    const absent = new Set<Digest>([root]);
    await eachOf(nodes, questionsAtOnce, async ({ manifest: { digest } }) => {
      if (digest !== root && !(await this.#sink.hasManifest(digest))) absent.add(digest);
    });
    this.#nodes = nodes.filter(({ manifest }) => absent.has(manifest.digest));
    const wanted = blobsOf(this.#nodes);
    await eachOf(wanted, questionsAtOnce, async (blob) => {
      if (!(await this.#sink.hasBlob(blob))) this.#missing.set(blob.digest, blob);
    });
    this.#skip(blobsOf(nodes).filter(({ digest }) => !this.#missing.has(digest)));
  }

  lacks({ digest }: Descriptor): boolean {
    return this.#error === undefined && this.#missing.has(digest);
  }

  report(bytes: number): void {
    this.#options.report?.(this.#index, bytes);
  }

  async receive(blob: Descriptor, body: PassThrough): Promise<void> {
    try {
      await this.#sink.putBlob(blob, body);
    } finally {
      body.destroy();
    }
    this.#missing.delete(blob.digest);
    this.#count.movedBlobs += 1;
    this.#count.movedBytes += blob.size;
  }

  /** The nodes stand children first; siblings that name no manifests go at once. */
  async putManifests(): Promise<void> {
    const leaves = this.#nodes.filter(({ children }) => children.length === 0);
    await eachOf(leaves, questionsAtOnce, (node) => this.#put(node));
    for (const node of this.#nodes) if (node.children.length > 0) await this.#put(node);
  }

  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.#error !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.#error = error ?? new Error("failed");
    }
  }

  result(): CopyResult {
    if (this.#error !== undefined) return { state: "failed", error: this.#error };
    return { state: "copied", ...this.#count };
  }

  async #put(node: Node): Promise<void> {
    await this.#sink.putManifest(node.manifest);
    this.#count.movedManifests += 1;
  }

  #skip(blobs: readonly Descriptor[]): void {
    this.#count.skippedBlobs += blobs.length;
    this.#count.skippedBytes += blobs.reduce((sum, { size }) => sum + size, 0);
  }
}
