import { type BuildSecret, type BuildSpec, linkedName } from "./build-spec.ts";
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

/** The arguments of buildx that build `spec` into an OCI layout. The build's own labels win. */
export function buildArguments(spec: BuildSpec, options: BuildArgumentsOptions): string[] {
  const labels = { ...options.labels, ...spec.labels };
  return [
    "build",
    ...(spec.builder === undefined ? [] : [`--builder=${spec.builder}`]),
    ...sourceArguments(spec),
    ...(spec.reproducible && options.epoch !== undefined
      ? [`--build-arg=SOURCE_DATE_EPOCH=${options.epoch}`]
      : []),
    ...pairs("--label", labels),
    ...annotationsOf(spec, options).map((annotation) => `--annotation=${annotation}`),
    ...cacheArguments(spec),
    spec.provenance === "none" ? "--provenance=false" : `--provenance=mode=${spec.provenance}`,
    `--sbom=${spec.sbom}`,
    `--output=${outputOf(spec, options)}`,
    `--metadata-file=${options.metadataFile}`,
    "--progress=rawjson",
    positional(spec.context),
  ];
}

/** What BuildKit is asked about a Dockerfile: `targets` lists its stages, for which it reads the text alone. */
export type Call = "check" | "targets";

/**
 * The arguments of buildx that check `spec` and build nothing, for its first platform. What a linked target makes
 * is not looked at: an image without content stands in its place.
 */
export function checkArguments(spec: BuildSpec, call: Call = "check"): string[] {
  const contexts = Object.entries(spec.contexts).map(([name, from]) => [
    name,
    linkedName(from) === undefined ? from : "docker-image://scratch",
  ]);
  return [
    "build",
    `--call=${call},format=json`,
    ...(spec.builder === undefined ? [] : [`--builder=${spec.builder}`]),
    // A secret of the build need not be there, and no check looks at it.
    ...sourceArguments({
      ...{ ...spec, contexts: Object.fromEntries(contexts) },
      ...{ platforms: spec.platforms.slice(0, 1), secrets: [], ssh: [] },
    }),
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

function sourceArguments(spec: BuildSpec): string[] {
  return [
    `--platform=${spec.platforms.join(",")}`,
    `--file=${spec.dockerfile}`,
    ...(spec.target === undefined ? [] : [`--target=${spec.target}`]),
    ...pairs("--build-arg", spec.args),
    ...pairs("--build-context", spec.contexts),
    ...spec.secrets.map((secret) => `--secret=${secretField(secret)}`),
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

/** Annotations with the levels that they are written at. */
export function annotationsOf(
  spec: BuildSpec,
  { annotations, rootAnnotations }: Pick<BuildArgumentsOptions, "annotations" | "rootAnnotations">,
): string[] {
  const level = hasIndex(spec) ? "index,manifest" : "manifest";
  const write = (entries: Readonly<Record<string, string>>, at: string) =>
    Object.entries(entries).map(([name, value]) => `${at}:${name}=${value}`);
  return [
    ...write(annotations, level),
    ...write(rootAnnotations, hasIndex(spec) ? "index" : "manifest"),
  ];
}

/** A secret as a reference: buildx reads the value. */
export function secretField(secret: BuildSecret): string {
  return "file" in secret ? fields({ id: secret.id, src: secret.file }) : fields(secret);
}

/** Where the image goes, and in which form, for `--output`. */
export function outputOf(
  spec: BuildSpec,
  { destination, builder }: Pick<BuildArgumentsOptions, "destination" | "builder">,
): string {
  return fields({
    type: "oci",
    tar: "false",
    dest: destination,
    // Some ECR clients and older registries refuse attestations in the form of artifacts with a subject.
    ...(builder.knowsOciArtifact && hasIndex(spec) && { "oci-artifact": "false" }),
    ...(spec.reproducible && { "rewrite-timestamp": "true" }),
  });
}

function pairs(flag: string, entries: Readonly<Record<string, string>>): string[] {
  return Object.entries(entries).map(([name, value]) => `${flag}=${name}=${value}`);
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
