import { createHash } from "node:crypto";
import { SlipwayError } from "../errors.ts";
import { isObject, type Loose } from "../loose.ts";
import { showValue } from "../wording.ts";
import { type Digest, isDigest } from "./reference.ts";

/** The media types that ECR takes and buildx writes. */
export const mediaTypes = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
} as const;

/** What a client must say it accepts, or ECR may convert a manifest that is asked for by tag. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
];

/** ECR takes manifests of up to 4 MiB (PutImage, `imageManifest`). */
export const maxManifestBytes = 4_194_304;

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface ManifestBase {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Index extends ManifestBase {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

export interface ImageManifest extends ManifestBase {
  readonly kind: "image";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export type Manifest = Index | ImageManifest;

/** SHA-256, by which manifests are named. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Whether these bytes have this digest, by the digest's own algorithm. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return createHash(algorithm).update(bytes).digest("hex") === hex;
}

/** The digest of a plain value and not of a text: another order of keys is the same value. */
export function digestOfValue(value: unknown): Digest {
  return digestOf(
    JSON.stringify(value, (_key, entry) =>
      isObject(entry)
        ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
        : entry,
    ),
  );
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList;
}

export function isManifestType(mediaType: string): boolean {
  return manifestMediaTypes.includes(mediaType);
}

/**
 * A layer that is kept by somebody else (image-spec layer.md, "Non-Distributable Layers"): a registry or layout need not
 * have it, and who pulls gets it from its `urls`.
 */
export function isForeign({ mediaType }: Pick<Descriptor, "mediaType">): boolean {
  return /\.foreign\.|nondistributable/.test(mediaType);
}

/** `linux/arm64/v8`, as buildx writes it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/**
 * Reads a manifest or index from its bytes, checking every field that is used afterwards.
 * `mediaType` is what the transport said; a manifest's own field may be missing (Helm and ORAS leave it out).
 * Throws MANIFEST_INVALID naming the field.
 */
export function parseManifest(bytes: Uint8Array | string, mediaType?: string): Manifest {
  const whole = Buffer.from(bytes);
  if (whole.length > maxManifestBytes) throw invalid(`it is larger than ${maxManifestBytes} bytes`);
  const json = object(parseJson(whole.toString("utf8")), "the manifest");
  const type = optionalString(json.mediaType, "mediaType") ?? mediaType ?? impliedType(json);
  const artifactType = optionalString(json.artifactType, "artifactType");
  const base = {
    mediaType: type,
    ...(artifactType !== undefined && { artifactType }),
    ...(json.subject !== undefined && { subject: descriptor(json.subject, "subject") }),
    annotations: stringMap(json.annotations, "annotations"),
  };
  checkAlone(json, isIndexType(type) ? ["config", "layers"] : ["manifests"]);
  if (isIndexType(type)) {
    return { ...base, kind: "index", manifests: descriptors(json.manifests, "manifests") };
  }
  if (!isManifestType(type))
    throw invalid(`its media type ${showValue(type)} is not one of an image`);
  const config = descriptor(json.config, "config");
  return { ...base, kind: "image", config, layers: descriptors(json.layers, "layers") };
}

/** Of an index's entry: the digest of the image that it states something about. */
export const referenceAnnotation = "vnd.docker.reference.digest";

/**
 * Whether an index entry is buildx's attestation of another entry (provenance, SBOM) and not an image to run.
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
export function isAttestation({ annotations, platform }: Partial<Descriptor>): boolean {
  return (
    annotations?.["vnd.docker.reference.type"] === "attestation-manifest" ||
    platform?.os === "unknown"
  );
}

/** What a config and its layers have together; a layer that is there twice is pulled once. */
export function bytesOf({ config, layers }: ImageManifest): number {
  const sizes = new Map([config, ...layers].map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * What is an index and an image at once is another image to each reader (CVE-2021-41190), and containerd refuses it.
 * https://github.com/opencontainers/image-spec/security/advisories/GHSA-77vh-xpmg-72qh
 */
function checkAlone(json: Loose, ofOtherKind: readonly string[]): void {
  const field = ofOtherKind.find((name) => name in json && json[name] !== null);
  if (field === undefined) return;
  const [is, other] = field === "manifests" ? ["an image", "an index"] : ["an index", "an image"];
  throw invalid(`it is ${is}, and has ${field} as ${other}`);
}

function impliedType(json: Record<string, unknown>): string {
  return "manifests" in json ? mediaTypes.ociIndex : mediaTypes.ociManifest;
}

function invalid(why: string): SlipwayError {
  return new SlipwayError("MANIFEST_INVALID", `not a usable image manifest: ${why}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SlipwayError("MANIFEST_INVALID", "not a usable image manifest: it is not JSON", {
      cause,
    });
  }
}

function object(value: unknown, place: string): Loose {
  if (!isObject(value)) throw invalid(`${place} is not an object`);
  return value;
}

function optionalString(value: unknown, place: string): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw invalid(`${place} is not a string`);
  return value;
}

function stringMap(value: unknown, place: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  const map = object(value, place);
  for (const [key, entry] of Object.entries(map)) {
    if (typeof entry !== "string") throw invalid(`${place}.${showValue(key)} is not a string`);
  }
  return map as Record<string, string>;
}

function descriptors(value: unknown, place: string): Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`${place} is not a list`);
  return value.map((entry, at) => descriptor(entry, `${place}[${at}]`));
}

function descriptor(value: unknown, place: string): Descriptor {
  const json = object(value, place);
  const { digest, size } = json;
  const mediaType = optionalString(json.mediaType, `${place}.mediaType`);
  const artifactType = optionalString(json.artifactType, `${place}.artifactType`);
  if (mediaType === undefined) throw invalid(`${place}.mediaType is missing`);
  if (typeof digest !== "string" || !isDigest(digest)) {
    throw invalid(`${place}.digest ${showValue(digest)} is not a digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${place}.size ${showValue(size)} is not a number of bytes`);
  }
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(json.platform !== undefined && { platform: platform(json.platform, `${place}.platform`) }),
    ...(json.annotations !== undefined && {
      annotations: stringMap(json.annotations, `${place}.annotations`),
    }),
  };
}

function platform(value: unknown, place: string): Platform {
  const json = object(value, place);
  const variant = optionalString(json.variant, `${place}.variant`);
  return {
    os: optionalString(json.os, `${place}.os`) ?? "unknown",
    architecture: optionalString(json.architecture, `${place}.architecture`) ?? "unknown",
    ...(variant !== undefined && { variant }),
  };
}
