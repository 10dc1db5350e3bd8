import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { type Descriptor, parseManifest } from "../oci/manifest.ts";
import { run } from "../run.ts";
import { buildArguments } from "./build-arguments.ts";
import { buildFailed } from "./build-failure.ts";
import type { BuildSpec } from "./build-spec.ts";
import type { BuilderFacts } from "./builder.ts";
import { isolateConfig, sweepIsolatedConfigs } from "./isolated-config.ts";
import { type BuildEvent, readProgress } from "./progress.ts";
import { authConfig, type RegistryAuth } from "./registry-auth.ts";
import { secretMask, unexpanded } from "./secret-mask.ts";

export interface BuildOptions {
  readonly spec: BuildSpec;
  readonly builder: BuilderFacts;
  /** What the paths of `spec` are relative to; absolute. */
  readonly projectDir: string;
  /** The directory that becomes the OCI image layout; absolute. A failed build leaves parts of one there. */
  readonly destination: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Those of the root alone, index or bare manifest. */
  readonly rootAnnotations: Readonly<Record<string, string>>;
  /** The commit's date in seconds since 1970; used when `spec.reproducible`. */
  readonly epoch?: number | undefined;
  /** For private base images and registry caches; for buildx's process alone. */
  readonly registryAuth: readonly RegistryAuth[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly report: (event: BuildEvent) => void;
}

/**
 * Builds `spec` with `docker buildx build` into an OCI layout and answers with its root: an index, or a
 * bare manifest for one platform without attestations. Takes as long as the build takes.
 * Throws BUILD_FAILED with the failing step and its last output, INTERRUPTED after ending buildx and all
 * it started, LAYOUT_INVALID when the layout is not what buildx said it wrote.
 */
export async function build(options: BuildOptions): Promise<Descriptor> {
  await sweepIsolatedConfigs();
  const scratch = await mkdtemp(join(tmpdir(), "slipway-build-"));
  try {
    const metadataFile = join(scratch, "metadata.json");
    await runBuildx({ ...options, metadataFile });
    return await readRoot(metadataFile, options.destination);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runBuildx(options: BuildOptions & { readonly metadataFile: string }): Promise<void> {
  const { spec, projectDir, signal, report } = options;
  await using isolated = await isolatedFor(options);
  const env = { ...buildEnvironment(options), ...isolated?.env };
  const mask = secretMask(options);
  const progress = readProgress(mask, (name) => unexpanded(mask(name), spec.args));
  const others: string[] = [];
  const { exitCode } = await run("docker", buildArguments(spec, options), {
    cwd: projectDir,
    env,
    signal,
    onErrorLine: (line) => {
      const events = progress.read(line);
      if (events === undefined) keepLast(others, mask(line));
      for (const event of events ?? []) report(event);
    },
  });
  // What buildx says besides its progress is noise as long as it succeeds.
  if (exitCode !== 0) throw buildFailed({ exitCode, failure: progress.failure(), others });
}

function buildEnvironment(options: BuildOptions): Record<string, string | undefined> {
  const { spec, env, builder, registryAuth } = options;
  const auth = builder.takesAuthConfig && authConfig(registryAuth, env.DOCKER_AUTH_CONFIG);
  const isPlain = spec.provenance === "none" && !spec.sbom;
  return {
    ...env,
    ...(registryAuth.length > 0 && auth && { DOCKER_AUTH_CONFIG: auth }),
    // buildx would ask the builder for the provenance once more, for a file nobody reads.
    BUILDX_METADATA_PROVENANCE: "disabled",
    ...(isPlain && { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }),
  };
}

/** Where docker or buildx takes no credentials from its environment, a configuration of its own holds them. */
async function isolatedFor({ builder, registryAuth, env }: BuildOptions) {
  if (builder.takesAuthConfig || registryAuth.length === 0) return undefined;
  return await isolateConfig(registryAuth, env);
}

function keepLast(lines: string[], line: string): void {
  if (line.trim() === "") return;
  lines.push(line.slice(0, 2000));
  if (lines.length > 50) lines.shift();
}

/** buildx's word about the digest, held against what the layout says it contains. */
async function readRoot(metadataFile: string, destination: string): Promise<Descriptor> {
  const told = await readJson(metadataFile);
  const digest = told["containerimage.digest"];
  const bytes = await readFile(join(resolve(destination), "index.json")).catch((cause) => {
    throw invalid(destination, "it has no index.json", cause);
  });
  const index = parseManifest(bytes);
  const roots = index.kind === "index" ? index.manifests : [];
  const root = roots.find((entry) => entry.digest === digest);
  if (root === undefined) {
    throw invalid(destination, `buildx says it wrote ${digest}, and index.json does not list it`);
  }
  const { mediaType, size } = root;
  return { mediaType, digest: root.digest, size };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (cause) {
    throw new SlipwayError("BUILD_FAILED", "buildx wrote no metadata about what it built", {
      suggestions: ["docker buildx version"],
      cause,
    });
  }
}

function invalid(destination: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError(
    "LAYOUT_INVALID",
    `'${destination}' is not the layout of this build: ${why}`,
    {
      suggestions: [`rm -r ${destination}`],
      cause,
    },
  );
}
