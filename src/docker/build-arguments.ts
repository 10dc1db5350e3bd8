import type { BuildSpec } from "./build-spec.ts";
import type { BuilderFacts } from "./builder.ts";

export interface BuildArgumentsOptions {
  /** The directory that becomes the OCI image layout. */
  readonly destination: string;
  /** Where buildx writes the digest of what it made. */
  readonly metadataFile: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Written on every image manifest and, when there is one, on the index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Written on the index alone, or on the manifest when there is no index. */
  readonly rootAnnotations: Readonly<Record<string, string>>;
  /** Seconds since 1970 for a reproducible build: the commit's date. */
  readonly epoch?: number | undefined;
  readonly builder: Pick<BuilderFacts, "knowsOciArtifact">;
}

/** The arguments of `docker` that build `spec` into an OCI layout. The build's own labels win. */
export function buildArguments(spec: BuildSpec, options: BuildArgumentsOptions): string[] {
  const labels = { ...options.labels, ...spec.labels };
  const level = hasIndex(spec) ? "index,manifest" : "manifest";
  return [
    "buildx",
    "build",
    ...(spec.builder === undefined ? [] : [`--builder=${spec.builder}`]),
    ...sourceArguments(spec),
    ...(spec.reproducible && options.epoch !== undefined
      ? [`--build-arg=SOURCE_DATE_EPOCH=${options.epoch}`]
      : []),
    ...pairs("--label", labels),
    ...pairs("--annotation", options.annotations, `${level}:`),
    ...pairs("--annotation", options.rootAnnotations, hasIndex(spec) ? "index:" : "manifest:"),
    ...cacheArguments(spec),
    spec.provenance === "none" ? "--provenance=false" : `--provenance=mode=${spec.provenance}`,
    `--sbom=${spec.sbom}`,
    `--output=${outputOf(spec, options)}`,
    `--metadata-file=${options.metadataFile}`,
    "--progress=rawjson",
    positional(spec.context),
  ];
}

/** The arguments of `docker` that check `spec` and build nothing, for its first platform. */
export function checkArguments(spec: BuildSpec): string[] {
  return [
    "buildx",
    "build",
    "--call=check,format=json",
    ...(spec.builder === undefined ? [] : [`--builder=${spec.builder}`]),
    // A secret of the build need not be there, and no check looks at it.
    ...sourceArguments({ ...spec, platforms: spec.platforms.slice(0, 1), secrets: [], ssh: [] }),
    positional(spec.context),
  ];
}

/**
 * Whether the build comes out as an index. A single platform without attestations is a bare
 * manifest, which is what AWS Lambda wants, and has no index to annotate.
 */
export function hasIndex({ platforms, provenance, sbom }: BuildSpec): boolean {
  return platforms.length > 1 || provenance !== "none" || sbom;
}

/** The build on one line for people, with everything left out that might be a secret. */
export function describeBuild(spec: BuildSpec): string {
  const hidden = Object.keys(spec.args).map((name) => `--build-arg ${name}=…`);
  const secrets = spec.secrets.map(({ id }) => `--secret id=${id}`);
  return [
    "docker buildx build",
    `--platform ${spec.platforms.join(",")}`,
    `--file ${spec.dockerfile}`,
    ...(spec.target === undefined ? [] : [`--target ${spec.target}`]),
    ...hidden,
    ...secrets,
    withoutCredentials(spec.context),
  ].join(" ");
}

function sourceArguments(spec: BuildSpec): string[] {
  const secrets = spec.secrets.map((secret) =>
    "file" in secret ? fields({ id: secret.id, src: secret.file }) : fields(secret),
  );
  return [
    `--platform=${spec.platforms.join(",")}`,
    `--file=${spec.dockerfile}`,
    ...(spec.target === undefined ? [] : [`--target=${spec.target}`]),
    ...pairs("--build-arg", spec.args),
    ...pairs("--build-context", spec.contexts),
    ...secrets.map((secret) => `--secret=${secret}`),
    ...spec.ssh.map((agent) => `--ssh=${agent}`),
  ];
}

function cacheArguments(spec: BuildSpec): string[] {
  return [
    ...spec.cacheFrom.map((cache) => `--cache-from=${cache}`),
    ...spec.cacheTo.map((cache) => `--cache-to=${cache}`),
    ...(spec.noCache ? ["--no-cache"] : []),
    ...(spec.pull ? ["--pull"] : []),
  ];
}

function outputOf(spec: BuildSpec, { destination, builder }: BuildArgumentsOptions): string {
  return fields({
    type: "oci",
    tar: "false",
    dest: destination,
    // Some ECR clients and older registries refuse attestations in the form of artifacts with a subject.
    ...(builder.knowsOciArtifact && hasIndex(spec) && { "oci-artifact": "false" }),
    ...(spec.reproducible && { "rewrite-timestamp": "true" }),
  });
}

function pairs(flag: string, entries: Readonly<Record<string, string>>, prefix = ""): string[] {
  return Object.entries(entries).map(([name, value]) => `${flag}=${prefix}${name}=${value}`);
}

/** buildx reads such values as a line of CSV. */
function fields(entries: Readonly<Record<string, string>>): string {
  const quote = (field: string) =>
    /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return Object.entries(entries)
    .map(([name, value]) => quote(`${name}=${value}`))
    .join(",");
}

/** A folder named like a flag is a folder all the same; a lone `-` would read standard input. */
function positional(context: string): string {
  return context.startsWith("-") ? `./${context}` : context;
}

function withoutCredentials(context: string): string {
  return context.replace(/:\/\/[^/@\s]+@/, "://").replace(/\?.*$/, "");
}
