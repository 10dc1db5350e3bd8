import type { Digest } from "../../oci/reference.ts";
import type { FindingLevel } from "../../release/gate.ts";

/** What an entry of a layer is; a whiteout removes its path from the layers below, an opaque one all that is in it. */
export type EntryType =
  | "file"
  | "directory"
  | "symlink"
  | "hardlink"
  | "device"
  | "fifo"
  | "whiteout"
  | "opaque";

/** An entry of a layer's tar. */
export interface Entry {
  /** Without a leading slash, cleaned of `.` and `..`; of a whiteout, the path that it removes. */
  readonly path: string;
  readonly type: EntryType;
  /** Permissions with set-uid, set-gid and sticky: the low twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file's content; 0 of everything else. */
  readonly size: number;
  /** What a link points to, as it is written. */
  readonly link?: string;
  /** CRC-32 of a file that is large enough to be worth finding twice. */
  readonly sum?: number;
}

/** What a file's content gave away: which kind of secret, on which line, and never the secret. */
export interface Sniffed {
  readonly path: string;
  readonly code: SecretCode;
  readonly level: FindingLevel;
  /** From 1; 0 where the whole file is meant. */
  readonly line: number;
  /** What it is, in words. */
  readonly what: string;
}

export type SecretCode =
  | "PRIVATE_KEY"
  | "CLOUD_CREDENTIALS"
  | "ACCESS_TOKEN"
  | "PACKAGE_TOKEN"
  | "REGISTRY_LOGIN"
  | "CLUSTER_CREDENTIALS"
  | "ENV_FILE"
  | "GIT_HISTORY"
  | "STATE_FILE";

/** A layer, or an entry of it, that is not as the specification wants it. */
export interface Trouble {
  readonly code: TroubleCode;
  /** The entry; absent where the layer itself is meant. */
  readonly path?: string;
  readonly what: string;
}

export type TroubleCode =
  | "LAYER_NOT_TAR"
  | "LAYER_BROKEN"
  | "LAYER_BOMB"
  | "LAYER_TOO_LARGE"
  | "LAYER_FOREIGN"
  | "PATH_OUTSIDE"
  | "PATH_ABSOLUTE"
  | "LINK_OUTSIDE"
  | "DEVICE_NODE";

/** Everything that gates know of one layer. It depends on the layer's bytes alone, so it is kept by their digest. */
export interface LayerFacts {
  readonly entries: readonly Entry[];
  readonly sniffed: readonly Sniffed[];
  /** Programs and libraries (ELF) with the machine that they are for, as platforms call it. */
  readonly binaries: readonly { readonly path: string; readonly machine: string }[];
  readonly troubles: readonly Trouble[];
  /** Bytes of the tar. */
  readonly unpackedBytes: number;
  /** Digest of the tar; `null` where it was not read to its end. */
  readonly diffId: Digest | null;
}

/** What nobody may make the reader do. */
export interface LayerLimits {
  readonly unpackedBytes: number;
  /** Unpacked bytes for each compressed one, once there are more than `bombBytes`. */
  readonly ratio: number;
  readonly bombBytes: number;
  readonly entries: number;
  readonly pathBytes: number;
  /** Findings and troubles that are kept of one layer. */
  readonly remarks: number;
}

/**
 * ECR takes layers of up to 52 000 MiB. DEFLATE cannot pass 1032 : 1; file systems stay below 100 : 1, and a
 * long run of zeros is what a bomb is made of.
 */
export const layerLimits: LayerLimits = {
  unpackedBytes: 128 * 1024 ** 3,
  ratio: 250,
  bombBytes: 512 * 1024 ** 2,
  entries: 1_000_000,
  pathBytes: 4096,
  remarks: 500,
};
