import type { Chunks } from "./chunks.ts";
import type { Sink } from "./content.ts";
import type { Descriptor } from "./manifest.ts";
import { eachOf, questionsAtOnce } from "./parallel.ts";
import type { Digest } from "./reference.ts";
import type { Reader } from "./share.ts";
import { blobsOf, levelsOf, type Node, type Tree, topsOf } from "./tree.ts";

/**
 * What one sink got: bytes and blobs that went over the wire, those it had, and those it took from another of its
 * repositories. A refused mount is counted besides: its blob was sent.
 */
export interface CopyCount {
  readonly movedBytes: number;
  readonly skippedBytes: number;
  readonly mountedBytes: number;
  readonly movedBlobs: number;
  readonly skippedBlobs: number;
  readonly mountedBlobs: number;
  readonly refusedMounts: number;
  readonly movedManifests: number;
}

export type CopyResult =
  | ({ readonly state: "copied" } & CopyCount)
  | { readonly state: "failed"; readonly error: unknown };

export interface CopyOptions {
  /** Called as bytes leave, with how many more a sink has got. */
  readonly report?: (sink: number, bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Manifests that were seen at a sink before, with all they name: it is not asked for them again. */
  readonly seen?: (sink: number) => ReadonlySet<Digest>;
  /** Told when a blob must be sent to a sink again. */
  readonly onWait?: (sink: number, why: string, ms: number) => void;
}

/** One sink on its way to having the whole tree. */
export class Receiving {
  readonly #sink: Sink;
  readonly #index: number;
  readonly #options: CopyOptions;
  #missing = new Map<Digest, Descriptor>();
  #present = new Set<Digest>();
  #got = new Set<Digest>();
  #nodes: readonly Node[] = [];
  #error: unknown;
  #count = {
    ...{ movedBytes: 0, skippedBytes: 0, mountedBytes: 0 },
    ...{ movedBlobs: 0, skippedBlobs: 0, mountedBlobs: 0, refusedMounts: 0 },
    movedManifests: 0,
  };

  constructor(sink: Sink, index: number, options: CopyOptions) {
    this.#sink = sink;
    this.#index = index;
    this.#options = options;
  }

  /** A manifest that is there has all it names: registries refuse it otherwise. */
  async ask({ nodes }: Tree): Promise<void> {
    const there = await this.#findManifests(nodes);
    this.#nodes = nodes.filter(({ manifest }) => !there.has(manifest.digest));
    await eachOf(blobsOf(this.#nodes), questionsAtOnce, async (blob) => {
      if (await this.isMissing(blob)) this.#missing.set(blob.digest, blob);
    });
    this.#skip(blobsOf(nodes).filter(({ digest }) => !this.#missing.has(digest)));
  }

  /** Those on top are asked for first; below one that is there nothing need be asked. */
  async #findManifests(nodes: readonly Node[]): Promise<ReadonlySet<Digest>> {
    const tops = topsOf(nodes);
    const seen = this.#options.seen?.(this.#index) ?? new Set();
    const there = new Set<Digest>();
    const look = async ({ manifest: { digest } }: Node) => {
      if (seen.has(digest) || (await this.#sink.hasManifest(digest))) there.add(digest);
    };
    await eachOf(tops, questionsAtOnce, look);
    for (const { manifest, children } of nodes.toReversed()) {
      if (there.has(manifest.digest)) for (const child of children) there.add(child);
    }
    const rest = nodes.filter((node) => !tops.includes(node) && !there.has(node.manifest.digest));
    await eachOf(rest, questionsAtOnce, look);
    return there;
  }

  /** Asks once: what was found or sent before is there. */
  async isMissing(blob: Descriptor): Promise<boolean> {
    if (this.#present.has(blob.digest)) return false;
    const there = await this.#sink.hasBlob(blob);
    if (there) this.#present.add(blob.digest);
    return !there;
  }

  lacks({ digest }: Descriptor): boolean {
    return this.#error === undefined && this.#missing.has(digest);
  }

  waits(why: string, ms: number): void {
    this.#options.onWait?.(this.#index, why, ms);
  }

  async receive(blob: Descriptor, bytes: Reader): Promise<void> {
    try {
      await this.#sink.putBlob(blob, this.#reported(bytes));
    } finally {
      bytes.leave();
    }
    this.#moved(blob);
  }

  /** Whether a blob that was sent is there though nobody heard so: then it is not sent again, and counts as sent. */
  async hasArrived(blob: Descriptor): Promise<boolean> {
    const there = await this.#sink.hasBlob(blob);
    if (there) this.#moved(blob);
    return there;
  }

  /** Whether the blob is there without a byte having been sent. A sink that may not mount gets it the usual way. */
  async mounts(blob: Descriptor): Promise<boolean> {
    if (this.#sink.mountBlob === undefined) return false;
    if (!(await this.#sink.mountBlob(blob))) {
      this.#count.refusedMounts += 1;
      return false;
    }
    this.#settle(blob);
    this.#count.mountedBlobs += 1;
    this.#count.mountedBytes += blob.size;
    return true;
  }

  async putManifests(): Promise<void> {
    for (const level of levelsOf(this.#nodes)) {
      await eachOf(level, questionsAtOnce, (node) => this.#put(node));
    }
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

  #moved(blob: Descriptor): void {
    this.#settle(blob);
    this.#count.movedBlobs += 1;
    this.#count.movedBytes += blob.size;
  }

  #settle({ digest }: Descriptor): void {
    this.#missing.delete(digest);
    this.#present.add(digest);
    this.#got.add(digest);
  }

  async *#reported(bytes: Chunks): AsyncGenerator<Buffer, void> {
    for await (const chunk of bytes) {
      yield chunk;
      this.#options.report?.(this.#index, chunk.length);
    }
  }

  async #put(node: Node): Promise<void> {
    await this.#sink.putManifest(node.manifest);
    this.#count.movedManifests += 1;
  }

  #skip(blobs: readonly Descriptor[]): void {
    const there = blobs.filter(({ digest }) => !this.#got.has(digest));
    this.#count.skippedBlobs += there.length;
    this.#count.skippedBytes += there.reduce((sum, { size }) => sum + size, 0);
  }
}
