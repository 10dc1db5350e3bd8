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
  /** Named contexts: name → path, git URL, `docker-image://…`, `oci-layout://…`, or `target:NAME` of `linked`. */
  readonly contexts: Readonly<Record<string, string>>;
  /** What those contexts hold that are OCI layouts: it counts, and where they are on this machine does not. */
  readonly layouts?: Readonly<Record<string, string>>;
  /** As buildx takes them, such as `type=registry,ref=…`. */
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  /** What is built before and taken as a named context, by its name in `target:NAME`. */
  readonly linked?: Readonly<Record<string, LinkedTarget>>;
  readonly builder?: string;
  /** Timestamps of the commit in every layer; it re-makes every layer, so it is a choice. */
  readonly reproducible: boolean;
  readonly provenance: "none" | "min" | "max";
  readonly sbom: boolean;
}

/** A build whose result is a named context of another one, and no image of its own. */
export type LinkedTarget = Omit<
  BuildSpec,
  "linked" | "builder" | "reproducible" | "provenance" | "sbom"
>;

/** What a build reads: its own source, and that of every target it is linked to. */
export function sourcesOf(spec: BuildSpec): readonly LinkedTarget[] {
  return [spec, ...Object.values(spec.linked ?? {})];
}

/** The directories that a build reads: contexts of its own and of linked targets, without addresses, images, layouts and targets. */
export function directoriesOf(spec: BuildSpec): readonly string[] {
  const sources = sourcesOf(spec).flatMap(({ context, contexts }) => [
    context,
    ...Object.values(contexts),
  ]);
  return [...new Set(sources.filter((source) => !/^[\w-]+:|^git@/.test(source)))];
}

/** `https://…`, `docker-image://…`, `git@host:…`, `target:stage`: what is not a path. */
export function isRemote(source: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|target:)/i.test(source);
}

/** Whether bake can be given the build: it takes no Dockerfile from an address, and the context `-` for standard input. */
export function fitsBake({ context, dockerfile }: BuildSpec): boolean {
  return !isRemote(dockerfile) && !/^(?:\.\/+)*-\/*$/.test(context);
}

/** The name in `target:NAME`; `undefined` for a context that is no target. */
export function linkedName(context: string): string | undefined {
  return /^target:(.+)$/.exec(context)?.[1];
}

/** The targets that contexts are linked to, directly or by one another, each once; `contextsOf` tells those of a target. */
export function linkedNames(
  contexts: Readonly<Record<string, string>>,
  contextsOf: (name: string) => Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Set<string>();
  const follow = (from: Readonly<Record<string, string>>) => {
    for (const name of Object.values(from).flatMap((context) => linkedName(context) ?? [])) {
      if (names.has(name)) continue;
      names.add(name);
      follow(contextsOf(name));
    }
  };
  follow(contexts);
  return [...names];
}

/** Whether the build makes more than a bare manifest: an attestation alone makes an index of an image. */
export function makesIndex({ platforms, provenance, sbom }: BuildSpec): boolean {
  return platforms.length > 1 || provenance !== "none" || sbom;
}
