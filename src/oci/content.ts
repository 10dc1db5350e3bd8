import type { Chunks } from "./chunks.ts";
import type { Descriptor } from "./manifest.ts";
import type { Digest } from "./reference.ts";

/** A manifest as it was stored: never re-serialised, or its digest would change. */
export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** Where content comes from: a layout on disk or a repository. */
export interface Source {
  /** The manifest with this digest, its bytes checked against it. Throws NOT_FOUND. */
  manifest(descriptor: Pick<Descriptor, "digest" | "mediaType">): Promise<StoredManifest>;
  /** The blob's bytes, unchecked: `checked()` ends with an error when they are others. */
  blob(descriptor: Descriptor): Promise<Chunks>;
  /** How an error names it, and what to do when its bytes are damaged. */
  readonly place?: { readonly name: string; readonly remedy: readonly string[] };
}

/** Where content goes to. */
export interface Sink {
  hasManifest(digest: Digest): Promise<boolean>;
  /** Throws CONTENT_CORRUPT when it is there with another size. */
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  /**
   * Takes the blob from another repository of the same registry, without its bytes being sent; `false` when that
   * is refused. Absent where there is no such repository.
   */
  mountBlob?(descriptor: Descriptor): Promise<boolean>;
  /** Uploads the whole blob; the registry checks the digest once more. */
  putBlob(descriptor: Descriptor, body: Chunks): Promise<void>;
  /** Stores a manifest under its digest and under no tag. */
  putManifest(manifest: StoredManifest): Promise<void>;
}
