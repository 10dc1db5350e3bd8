import { type Manifest, maxManifestBytes, parseManifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { type Algorithm, digestBytes, keepBytes } from "./content.ts";
import { isTagLocked } from "./mutability.ts";
import { verifyQuotas } from "./quotas.ts";
import { invalidParameter, Refusal } from "./refusal.ts";
import { type ImageFacts, type Repository, type RepositoryEvent, statusOf } from "./repository.ts";
import { scanFrequencyOf } from "./scanning.ts";
import { commit, type Registry, type State } from "./state.ts";

export interface Push {
  readonly bytes: Uint8Array;
  readonly mediaType?: string | undefined;
  /** What is to point to the image, each once; absent, nothing new does. */
  readonly tags?: readonly string[];
  /** The digest that the caller expects. */
  readonly digest?: Digest | undefined;
}

export interface Pushed {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly subject?: Digest;
  /** Nothing was new: neither the image nor what its tag points to. */
  readonly unchanged: boolean;
}

export interface PushPlace {
  readonly state: State;
  readonly registry: Registry;
  readonly repository: Repository;
}

/**
 * Takes a manifest in, by either plane. Throws the exceptions of PutImage, except ImageAlreadyExistsException: whether an
 * unchanged push is an error differs between the planes.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
 */
export async function pushImage(place: PushPlace, push: Push): Promise<Pushed> {
  const { state, registry, repository } = place;
  const digest = digestBytes(push.bytes, algorithmWanted(push.digest));
  if (push.digest !== undefined && push.digest !== digest) {
    throw new Refusal(
      "ImageDigestDoesNotMatchException",
      `The image with digest '${push.digest}' in repository '${repository.name}' and registry ID '${registry.account}' does not match the image digest that Amazon ECR has calculated.`,
    );
  }
  const manifest = readManifest(push, state.spec);
  check(place, push, manifest, digest);
  await keepBytes(state.content, push.bytes, digest);
  // From here on without waiting: what is checked is what is committed.
  check(place, push, manifest, digest);
  const events = eventsOf(place, push, manifest, digest);
  commit(registry, repository, events);
  const { mediaType, subject } = manifest;
  const unchanged = events.length === 0;
  return { digest, mediaType, unchanged, ...(subject && { subject: subject.digest }) };
}

function algorithmWanted(digest: Digest | undefined): Algorithm {
  return digest?.startsWith("sha512:") ? "sha512" : "sha256";
}

function check(
  { state, registry, repository }: PushPlace,
  { tags = [] }: Push,
  manifest: Manifest,
  digest: Digest,
): void {
  // The specification allows manifests with holes.
  if (!state.spec) verifyContentExists(registry, repository, manifest);
  for (const tag of tags) {
    if (!repository.tags.has(tag) || !isTagLocked(repository.mutability, tag)) continue;
    throw new Refusal(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  if (!state.spec) verifyQuotas(registry, repository, { digest, tags });
}

/** ECR's checks of form, all of which it words as one. Throws InvalidParameterException. */
function readManifest({ bytes, mediaType }: Push, spec: boolean): Manifest {
  if (bytes.length <= maxManifestBytes) {
    try {
      const json = JSON.parse(Buffer.from(bytes).toString("utf8"));
      const manifest = parseManifest(bytes, mediaType);
      if (spec || isTaken(json, mediaType)) return manifest;
    } catch {
      // Refused below.
    }
  }
  throw invalidParameter("ImageManifest", "Invalid JSON syntax");
}

interface LooseManifest {
  readonly mediaType?: unknown;
  readonly artifactType?: unknown;
  readonly config?: { readonly mediaType?: unknown };
  readonly layers?: readonly { readonly mediaType?: unknown }[];
  readonly subject?: { readonly platform?: unknown };
  readonly manifests?: readonly { readonly platform?: { readonly features?: unknown } }[];
}

/**
 * ECR's schema knows neither a subject's platform nor a platform's features, wants one media type, and types of content without
 * parameters (aws/containers-roadmap#2306).
 */
function isTaken(json: LooseManifest, told: string | undefined): boolean {
  if (json.subject?.platform !== undefined) return false;
  if (json.manifests?.some(({ platform }) => platform?.features !== undefined)) return false;
  const kinds = [json.artifactType, json.config?.mediaType, ...typesOf(json.layers)];
  if (kinds.some((type) => String(type).includes(";"))) return false;
  const types = new Set([told, json.mediaType].filter((type) => type !== undefined));
  return types.size === 1;
}

function typesOf(layers: LooseManifest["layers"] = []): unknown[] {
  return layers.map(({ mediaType }) => mediaType);
}

function verifyContentExists(registry: Registry, repository: Repository, manifest: Manifest): void {
  const missing =
    manifest.kind === "index"
      ? childrenOf(manifest).filter((digest) => !repository.images.has(digest))
      : blobsOf(manifest).filter((digest) => !repository.layers.has(digest));
  if (missing.length === 0) return;
  const [type, what] =
    manifest.kind === "index"
      ? (["ReferencedImagesNotFoundException", "Images"] as const)
      : (["LayersNotFoundException", "Layers"] as const);
  throw new Refusal(
    type,
    `${what} with digests '[${missing.join(", ")}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${registry.account}' do not exist`,
  );
}

function childrenOf(manifest: Manifest): Digest[] {
  return manifest.kind === "index" ? unique(manifest.manifests.map(({ digest }) => digest)) : [];
}

/** Config and layers, but for layers that are fetched from elsewhere. */
function blobsOf(manifest: Manifest): Digest[] {
  if (manifest.kind === "index") return [];
  const here = manifest.layers.filter(
    ({ mediaType }) => !/foreign|nondistributable/.test(mediaType),
  );
  return unique([manifest.config, ...here].map(({ digest }) => digest));
}

function eventsOf(
  { state, registry, repository }: PushPlace,
  { bytes, tags = [] }: Push,
  manifest: Manifest,
  digest: Digest,
): RepositoryEvent[] {
  const known = repository.images.get(digest);
  const facts = { digest, manifestBytes: bytes.length, pushedAt: state.now() };
  const retags = tags.filter((tag) => repository.tags.get(tag) !== digest);
  return [
    ...(known ? [] : newImage({ registry, repository }, manifest, facts)),
    // Pushing an archived image again restores it at once.
    ...(known && statusOf(known, state.now()) !== "ACTIVE"
      ? [{ did: "restore", digest, at: state.now() } as const]
      : []),
    ...retags.map((tag) => ({ did: "tag", tag, digest }) as const),
  ];
}

/** What the push of an image is that the repository does not have; what the manifest names must be there. */
export function newImage(
  { registry, repository }: Pick<PushPlace, "registry" | "repository">,
  manifest: Manifest,
  base: Pick<ImageFacts, "digest" | "manifestBytes" | "pushedAt">,
): RepositoryEvent[] {
  const { digest, pushedAt } = base;
  return [
    { did: "add-image", image: factsOf(repository, manifest, base) },
    ...(scansOnPush(registry, repository, manifest)
      ? [{ did: "scan", digest, at: pushedAt } as const]
      : []),
  ];
}

function scansOnPush(registry: Registry, repository: Repository, { kind }: Manifest): boolean {
  const { scanFrequency } = scanFrequencyOf(registry.settings.scanning, repository);
  return kind === "image" && scanFrequency !== "MANUAL";
}

function factsOf(
  repository: Repository,
  manifest: Manifest,
  base: Pick<ImageFacts, "digest" | "manifestBytes" | "pushedAt">,
): ImageFacts {
  const children = childrenOf(manifest);
  const layers = blobsOf(manifest);
  const artifactType =
    manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  return {
    ...base,
    mediaType: manifest.mediaType,
    ...(artifactType !== undefined && { artifactType }),
    ...(manifest.subject && { subject: manifest.subject.digest }),
    size: manifest.kind === "index" ? largest(repository, children) : sum(repository, layers),
    layers,
    children,
  };
}

function largest(repository: Repository, children: readonly Digest[]): number {
  return Math.max(0, ...children.map((digest) => repository.images.get(digest)?.size ?? 0));
}

function sum(repository: Repository, layers: readonly Digest[]): number {
  return layers.reduce((bytes, digest) => bytes + (repository.layers.get(digest)?.size ?? 0), 0);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
