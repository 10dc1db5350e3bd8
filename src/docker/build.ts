import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { type Loose, object } from "../loose.ts";
import { type Descriptor, parseManifest } from "../oci/manifest.ts";
import { makeScratch } from "../scratch.ts";
import { bakeArguments, bakeDefinition } from "./bake-definition.ts";
import { type BakeNames, bakeNames, imageOfTarget, stepOwner } from "./bake-names.ts";
import { buildArguments } from "./build-arguments.ts";
import { buildFailed, failedTarget } from "./build-failure.ts";
import { type ImagesProgress, tellProgress } from "./build-progress.ts";
import type { BuildSpec } from "./build-spec.ts";
import type { BuilderFacts } from "./builder.ts";
import { runBuildx } from "./buildx.ts";
import { fullDisk } from "./full-disk.ts";
import { isolateConfig } from "./isolated-config.ts";
import type { BuildEvent } from "./progress.ts";
import { authConfig, type RegistryAuth } from "./registry-auth.ts";
import { secretMask, unexpanded } from "./secret-mask.ts";

/** One image, and where it is put. */
export interface ImageBuild {
  /** Its name: what several are told apart by. */
  readonly image: string;
  readonly spec: BuildSpec;
  /** The directory that becomes the OCI image layout; absolute. A failed build leaves parts of one there. */
  readonly destination: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Those of the root alone, index or bare manifest. */
  readonly rootAnnotations: Readonly<Record<string, string>>;
  /** The commit's date in seconds since 1970; used when `spec.reproducible`. */
  readonly epoch?: number | undefined;
  readonly report: (event: BuildEvent) => void;
}

export interface BuildPlace {
  readonly builder: BuilderFacts;
  /** What the paths of the builds are relative to; absolute. */
  readonly projectDir: string;
  /** For private base images and registry caches; for buildx's process alone. */
  readonly registryAuth: readonly RegistryAuth[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds images by one builder, each into an OCI layout of its own, and answers with their roots in the same order:
 * an index, or a bare manifest for one platform without attestations. One image is `docker buildx build`; several,
 * or one with linked targets, are one `docker buildx bake`, where a stage that they share is built once and the
 * first failure ends all. Takes as long as the build takes.
 * Throws BUILD_FAILED with the failing step and its last output, INTERRUPTED after ending buildx and all
 * it started, LAYOUT_INVALID when a layout is not what buildx said it wrote, ENOSPC or EDQUOT where it has no room.
 */
export async function build(
  images: readonly ImageBuild[],
  place: BuildPlace,
): Promise<readonly Descriptor[]> {
  await using scratch = await makeScratch("build");
  const metadataFile = join(scratch.path, "metadata.json");
  const call = callOf(images, place.builder, metadataFile);
  await runBuild(call, images, place);
  return await readRoots(call, images, metadataFile);
}

/** A process of buildx. */
interface BuildCall {
  readonly args: readonly string[];
  /** What it reads: a definition, which may hold build arguments, is kept out of files and argument lists. */
  readonly input?: string;
  /** What the images are called in a bake; none for `docker buildx build`. */
  readonly names?: readonly BakeNames[];
}

function callOf(
  images: readonly ImageBuild[],
  builder: BuilderFacts,
  metadataFile: string,
): BuildCall {
  const [first, ...more] = images;
  if (first === undefined) throw new Error("a build of no image");
  const { spec } = first;
  if (more.length === 0 && spec.linked === undefined) {
    return { args: buildArguments(spec, { ...first, builder, metadataFile }) };
  }
  const names = bakeNames(images);
  const own = names.map((name) => name.own);
  return {
    args: bakeArguments(own, spec.builder, metadataFile),
    input: bakeDefinition(images, names, builder),
    names,
  };
}

async function runBuild(
  { args, input, names }: BuildCall,
  images: readonly ImageBuild[],
  place: BuildPlace,
): Promise<void> {
  const { projectDir, signal } = place;
  await using isolated = await isolatedFor(place);
  const env = { ...buildEnvironment(images, place), ...isolated?.env };
  const mask = secretMask({ ...place, specs: images.map(({ spec }) => spec) });
  const told = images.map(({ spec, report }) => ({
    report,
    maskName: (name: string) => unexpanded(mask(name), spec),
  }));
  const progress = tellProgress(told, stepOwner(names ?? []), mask);
  const others: string[] = [];
  const { exitCode } = await runBuildx(args, {
    ...{ cwd: projectDir, env, signal },
    ...(input !== undefined && { input }),
    onErrorLine: (line) => {
      if (!progress.read(line)) keepLast(others, mask(line));
    },
  });
  // What buildx says besides its progress is noise as long as it succeeds.
  if (exitCode === 0) return;
  const full = await fullDisk(images.map(({ destination }) => destination));
  throw full ?? failureOf(images, names ?? [], progress, { exitCode, others });
}

/** The failure of the image that buildx names; else of the first that has one. */
function failureOf(
  images: readonly ImageBuild[],
  names: readonly BakeNames[],
  progress: ImagesProgress,
  ending: { readonly exitCode: number | undefined; readonly others: readonly string[] },
): SlipwayError {
  const failures = images.map((_, at) => progress.failureOf(at));
  const named = imageOfTarget(names, failedTarget(ending.others) ?? "");
  const at = named ?? failures.findIndex((failure) => failure !== undefined);
  const failure = failures[at] ?? failures.find((one) => one !== undefined);
  const image = images.length > 1 ? images[at]?.image : undefined;
  return buildFailed({ ...ending, failure, image });
}

function buildEnvironment(
  images: readonly ImageBuild[],
  { env, builder, registryAuth }: BuildPlace,
): Record<string, string | undefined> {
  const auth = builder.takesAuthConfig && authConfig(registryAuth, env.DOCKER_AUTH_CONFIG);
  const isPlain = images.every(({ spec }) => spec.provenance === "none" && !spec.sbom);
  return {
    ...env,
    ...(registryAuth.length > 0 && auth && { DOCKER_AUTH_CONFIG: auth }),
    // buildx would ask the builder for the provenance once more, for a file nobody reads.
    BUILDX_METADATA_PROVENANCE: "disabled",
    // The whole image passes through buildx's little heap: its collector takes a fifth of its time less for 50 MB more.
    GOGC: env.GOGC || "400",
    ...(isPlain && { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }),
    // bake asks before it leaves its directory or lends an ssh agent; slipway.yaml and its flags have said so already.
    BUILDX_BAKE_ENTITLEMENTS_FS: "0",
    // Paths are relative to the project, not to a file of the definition.
    BUILDX_BAKE_FILE_RELATIVE_PATHS: "0",
  };
}

/** Where docker or buildx takes no credentials from its environment, a configuration of its own holds them. */
async function isolatedFor({ builder, registryAuth, env }: BuildPlace) {
  if (builder.takesAuthConfig || registryAuth.length === 0) return undefined;
  return await isolateConfig(registryAuth, env);
}

function keepLast(lines: string[], line: string): void {
  if (line.trim() === "") return;
  lines.push(line.slice(0, 2000));
  if (lines.length > 50) lines.shift();
}

async function readRoots(
  { names }: BuildCall,
  images: readonly ImageBuild[],
  metadataFile: string,
): Promise<readonly Descriptor[]> {
  const told = await readJson(metadataFile);
  return await Promise.all(
    images.map(async ({ destination }, at) => {
      const own = names?.[at]?.own;
      const metadata = own === undefined ? told : told[own];
      const digest = (metadata as { "containerimage.digest"?: unknown } | undefined)?.[
        "containerimage.digest"
      ];
      return await readRoot(digest, destination);
    }),
  );
}

/** buildx's word about the digest, held against what the layout says it contains. */
async function readRoot(digest: unknown, destination: string): Promise<Descriptor> {
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

async function readJson(path: string): Promise<Loose> {
  try {
    return object(JSON.parse(await readFile(path, "utf8")));
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
      suggestions: ["run the same command again: it builds anew", "docker buildx version"],
      cause,
    },
  );
}
