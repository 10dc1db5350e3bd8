import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Sink, Source } from "../../src/oci/content.ts";
import { type Descriptor, digestOf } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { blobsOf, readTree } from "../../src/oci/tree.ts";
import { type Content, makeImage } from "../support/layout.ts";

const chunkBytes = 16 * 1024;

export interface MemorySource extends Source {
  /** Blobs that were read, in order; twice when read twice. */
  readonly read: Digest[];
}

/** An image in memory as a source; `override` stands in for the bytes of a blob. */
export function memorySource(
  { blobs }: Content,
  override: (digest: Digest) => Buffer | undefined = () => undefined,
): MemorySource {
  const read: Digest[] = [];
  const bytesOf = (digest: Digest) => {
    const bytes = override(digest) ?? blobs.get(digest);
    if (bytes === undefined) throw new Error(`no ${digest}`);
    return bytes;
  };
  return {
    read,
    manifest: async ({ digest, mediaType }) => ({ digest, mediaType, bytes: bytesOf(digest) }),
    async blob({ digest }) {
      read.push(digest);
      return Readable.from(chunksOf(bytesOf(digest)), { objectMode: false });
    },
  };
}

function* chunksOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

export interface MemorySink extends Sink {
  /** Every request in its order, such as `put-blob sha256:…`. */
  readonly asked: string[];
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, Buffer>;
}

/** A registry in memory: it checks digests, and that what a manifest names is there before it. */
export function memorySink({
  has,
  ...own
}: { has?: ReadonlyMap<Digest, Buffer> } & Partial<Sink> = {}): MemorySink {
  const asked: string[] = [];
  const blobs = new Map(has);
  const manifests = new Map(has);
  return {
    asked,
    blobs,
    manifests,
    async hasManifest(digest) {
      asked.push(`has-manifest ${digest}`);
      return manifests.has(digest);
    },
    async hasBlob({ digest }) {
      asked.push(`has-blob ${digest}`);
      return blobs.has(digest);
    },
    async putBlob({ digest }, body) {
      asked.push(`put-blob ${digest}`);
      const bytes = await buffer(body);
      if (digestOf(bytes) !== digest) throw new Error(`${digest} came as other bytes`);
      blobs.set(digest, bytes);
    },
    async putManifest({ digest, bytes }) {
      asked.push(`put-manifest ${digest}`);
      const { config, layers = [], manifests: children = [] } = JSON.parse(bytes.toString());
      const absent = [config, ...layers].filter((one) => one && !blobs.has(one.digest));
      const orphans = children.filter((one: { digest: Digest }) => !manifests.has(one.digest));
      if (absent.length + orphans.length > 0) throw new Error(`${digest} came too early`);
      manifests.set(digest, bytes);
    },
    ...own,
  };
}

/** An image of buildx that most tests copy. */
export const image = makeImage({ layers: [100_000, 2000], attestations: true });
export const tree = await readTree(image.root, memorySource(image));
export const blobs = blobsOf(tree.nodes);
export const [largest] = blobs as [Descriptor];
export const total = blobs.reduce((sum, { size }) => sum + size, 0);

/** What was asked of a sink in this way, in its order. */
export const asked = (sink: { asked: readonly string[] }, kind: string) =>
  sink.asked.filter((line) => line.startsWith(kind)).map((line) => line.split(" ")[1]);
