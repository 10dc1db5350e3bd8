/** One build secret: a file or an environment variable, by name. Its value never passes through us. */
export type BuildSecret =
  | { readonly id: string; readonly file: string }
  | { readonly id: string; readonly env: string };

/**
 * What `docker buildx build` is asked to make. Plain data: it stands in plans and receipts, and its
 * digest tells whether two builds were asked for the same thing.
 * Paths are relative to the project directory (where `slipway.yaml` is).
 */
export interface BuildSpec {
  readonly platforms: readonly string[];
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: readonly BuildSecret[];
  /** As buildx takes them: `default` or `id=socket`. */
  readonly ssh: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Named contexts: name → path, git URL, `docker-image://…` or `oci-layout://…`. */
  readonly contexts: Readonly<Record<string, string>>;
  /** What those contexts hold that are OCI layouts: it counts, and where they are on this machine does not. */
  readonly layouts?: Readonly<Record<string, string>>;
  /** As buildx takes them, such as `type=registry,ref=…`. */
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly builder?: string;
  /** Timestamps of the commit in every layer; it re-makes every layer, so it is a choice. */
  readonly reproducible: boolean;
  readonly provenance: "none" | "min" | "max";
  readonly sbom: boolean;
}
