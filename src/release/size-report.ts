import type { Digest } from "../oci/reference.ts";

/** What an image weighs, platform by platform, and why. Every number is in bytes. */
export interface SizeReport {
  readonly platforms: readonly PlatformSize[];
}

export interface PlatformSize {
  readonly platform: string;
  /** Its config and layers, each once: what pulling it all moves. */
  readonly bytes: number;
  /** All files of all layers: what it takes on a disk. */
  readonly unpackedBytes: number;
  /** The release before, where growth is asked for and there is one. */
  readonly before: { readonly version: string; readonly bytes: number } | null;
  readonly layers: readonly LayerSize[];
  /** Files that a later layer deletes or replaces: pulled by everyone, seen by nobody. The largest stand by name. */
  readonly lost: { readonly bytes: number; readonly files: readonly LostFile[] };
  /** Visible files with the same content at several paths; `bytes` is what all but one of each take. */
  readonly duplicates: { readonly bytes: number; readonly files: readonly DuplicateFile[] };
  /** The largest visible files; with a release before, of the layers that it does not have. */
  readonly largest: readonly SizedFile[];
}

export interface LayerSize {
  readonly digest: Digest;
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
  /** Of `unpackedBytes`, what later layers delete or replace. */
  readonly lostBytes: number;
  readonly instruction: string | null;
  /** Kept elsewhere, and not looked into. */
  readonly foreign: boolean;
  /** Not in the release before; absent where none is compared with. */
  readonly isNew?: boolean;
}

/** A file, and the layer that brought it, counted from 1. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
  readonly layer: number;
}

export interface LostFile extends SizedFile {
  /** The layer that took it away, from 1. */
  readonly by: number;
  /** `repeated`: replaced by the same content, as by a `chmod` or `chown` in a layer of its own. */
  readonly how: "deleted" | "replaced" | "repeated";
}

export interface DuplicateFile {
  readonly bytes: number;
  readonly paths: readonly string[];
}
