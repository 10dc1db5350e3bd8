import type { Settings } from "../oci/image-config.ts";
import type { Digest } from "../oci/reference.ts";

/** A layer as the registry holds it, and the instruction of the Dockerfile that made it. */
export interface Layer {
  readonly digest: Digest;
  readonly mediaType: string;
  /** As it is pulled. */
  readonly bytes: number;
  /** `null` where neither the media type nor an annotation tells. */
  readonly unpackedBytes: number | null;
  /** `null` where the config's history does not tell. */
  readonly instruction: string | null;
  /** Kept by somebody else: registries need not have it, and pulling may not get it here. */
  readonly foreign: boolean;
}

/** The image of one platform. */
export interface PlatformImage {
  /** `linux/arm64/v8`; Windows with its version, as containerd writes it: `windows(10.0.20348.2)/amd64`. */
  readonly platform: string;
  readonly digest: Digest;
  readonly created: string | null;
  /** Of its config and layers, each once: what pulling it all moves. */
  readonly bytes: number;
  readonly config: { readonly digest: Digest; readonly bytes: number };
  readonly layers: readonly Layer[];
  readonly settings: Settings;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What buildx states about one platform of an index: where it came from, what is in it. */
export interface Attestation {
  readonly digest: Digest;
  /** The image that it is about; `null` when it does not say. */
  readonly about: Digest | null;
  readonly predicateTypes: readonly string[];
  readonly bytes: number;
}

/** A manifest that is no image: a chart, a signature, a file. */
export interface Artifact {
  readonly digest: Digest;
  readonly artifactType: string;
  readonly bytes: number;
}

/** Everything that an image's manifests and configs tell; no layer was read for it. */
export interface ImageContents {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: "index" | "image" | "artifact";
  readonly annotations: Readonly<Record<string, string>>;
  readonly platforms: readonly PlatformImage[];
  readonly attestations: readonly Attestation[];
  readonly artifacts: readonly Artifact[];
}
