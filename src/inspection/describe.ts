import type { ImageConfig } from "../oci/image-config.ts";
import { type Listed, listedBelow } from "../oci/listed.ts";
import {
  bytesOf,
  type Descriptor,
  formatPlatform,
  type ImageManifest,
  isForeign,
  type Manifest,
  mediaTypes,
  type Platform,
} from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { holdsStatements, statementsOf } from "../oci/statements.ts";
import type { Artifact, Attestation, ImageContents, Layer, PlatformImage } from "./image.ts";
import { readableInstruction } from "./instruction.ts";

/** What was read of an image: its manifests, and the configs of those that are images to run. */
export interface Read {
  readonly root: Digest;
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  readonly configs: ReadonlyMap<Digest, ImageConfig>;
}

/** Whether it is an image to run, and has a config that tells of it. */
export function isRunnable(manifest: Manifest): manifest is ImageManifest {
  if (manifest.kind === "index" || holdsStatements(manifest)) return false;
  const { mediaType } = manifest.config;
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

/** Puts together what an image is. An index in an index counts with what it lists. */
export function describeImage(read: Read): ImageContents {
  const root = manifestOf(read, read.root);
  const entries = listedBelow({ digest: read.root }, (digest) => read.manifests.get(digest));
  const described = entries.map((entry) => describeEntry(read, entry));
  return {
    digest: read.root,
    mediaType: root.mediaType,
    kind: root.kind === "index" ? "index" : isRunnable(root) ? "image" : "artifact",
    annotations: root.annotations,
    platforms: described.flatMap((one) => ("layers" in one ? [one] : [])),
    attestations: described.flatMap((one) => ("predicateTypes" in one ? [one] : [])),
    artifacts: described.flatMap((one) => ("artifactType" in one ? [one] : [])),
  };
}

function describeEntry(read: Read, entry: Listed): PlatformImage | Attestation | Artifact {
  const manifest = read.manifests.get(entry.digest);
  if (manifest === undefined || manifest.kind === "index") {
    return { digest: entry.digest, artifactType: entry.mediaType ?? "", bytes: entry.size ?? 0 };
  }
  const config = read.configs.get(manifest.config.digest);
  if (config !== undefined) return platformImage(entry, manifest, config);
  const bytes = bytesOf(manifest);
  if (!holdsStatements(manifest)) {
    const artifactType = manifest.artifactType ?? manifest.config.mediaType;
    return { digest: entry.digest, artifactType, bytes };
  }
  const statements = statementsOf(entry, manifest);
  const predicateTypes = statements.map(({ predicateType }) => predicateType);
  return { digest: entry.digest, about: statements[0]?.about ?? null, predicateTypes, bytes };
}

function platformImage(entry: Listed, manifest: ImageManifest, config: ImageConfig): PlatformImage {
  return {
    platform: platformName(entry.platform, config),
    digest: entry.digest,
    created: config.created,
    bytes: bytesOf(manifest),
    config: { digest: manifest.config.digest, bytes: manifest.config.size },
    layers: layersOf(manifest, config),
    settings: config.settings,
    labels: config.labels,
    annotations: manifest.annotations,
  };
}

/** The index's word goes first, for it is what a puller chooses by. */
function platformName(stated: Platform | undefined, config: ImageConfig): string {
  const { os, architecture, variant, osVersion } = config;
  const own = { os: os || "unknown", architecture: architecture || "unknown", variant };
  const known = stated !== undefined && stated.os !== "unknown" ? stated : own;
  const versioned = osVersion === "" ? known.os : `${known.os}(${osVersion})`;
  return formatPlatform({ ...known, os: versioned });
}

function layersOf({ layers }: ImageManifest, config: ImageConfig): Layer[] {
  const instructions = instructionsOf(config, layers.length);
  return layers.map((layer, at) => ({
    digest: layer.digest,
    mediaType: layer.mediaType,
    bytes: layer.size,
    unpackedBytes: unpackedBytesOf(layer),
    instruction: instructions[at] ?? null,
    foreign: isForeign(layer),
  }));
}

/** What buildkit writes for a layer that came without history: the step of the build, such as `[linux/amd64 build 2/3] RUN make`. */
const stepForm = /^\[[^\]]*\d+\/\d+\] /;

/**
 * History tells of a layer only when both have as many: squashing and other tools keep one without the other.
 * On a base image without history buildkit fills up at the end, and only what it filled in stands at its place.
 */
function instructionsOf({ history }: ImageConfig, layers: number): readonly (string | null)[] {
  const makers = history.filter(({ isEmpty }) => !isEmpty).map(({ createdBy }) => createdBy);
  if (makers.length !== layers) return [];
  const isFilled = makers.some((maker) => stepForm.test(maker));
  return makers.map((maker) => {
    if (isFilled && !stepForm.test(maker)) return null;
    return readableInstruction(maker.replace(stepForm, ""));
  });
}

/** A tar as it is, or what the makers of lazily pulled layers (stargz) write beside them. */
function unpackedBytesOf({ mediaType, size, annotations }: Descriptor): number | null {
  if (/\.tar$/.test(mediaType)) return size;
  const stated = Number(annotations?.["io.containers.estargz.uncompressed-size"] ?? Number.NaN);
  return Number.isSafeInteger(stated) && stated >= 0 ? stated : null;
}

function manifestOf({ manifests }: Read, digest: Digest): Manifest {
  const found = manifests.get(digest);
  if (found) return found;
  throw new Error(`manifest ${digest} was not read`);
}
