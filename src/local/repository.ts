import type { Digest } from "../oci/reference.ts";
import type { MutabilitySetting } from "./mutability.ts";

export interface Encryption {
  readonly type: "AES256" | "KMS" | "KMS_DSSE";
  readonly kmsKey?: string;
}

/** A layer or config blob that a repository holds. */
export interface Layer {
  readonly digest: Digest;
  readonly size: number;
  /** Milliseconds since the epoch, as all times here. */
  readonly addedAt: number;
}

/** What is known of an image without reading its manifest again. */
export interface ImageFacts {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The manifest's `artifactType`, or its config's media type. */
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly manifestBytes: number;
  /** Compressed bytes of layers and config; of an index, those of its largest child. */
  readonly size: number;
  readonly layers: readonly Digest[];
  readonly children: readonly Digest[];
  readonly pushedAt: number;
}

export interface Image extends ImageFacts {
  /** Grows with every push of a new image: the order of listings, and of their pages. */
  readonly sequence: number;
  readonly tags: ReadonlySet<string>;
  readonly pulledAt?: number;
  /** When it was last archived; `isArchived` tells whether it still is. */
  readonly archivedAt?: number;
  /** When it was, or will be, last restored from the archive. */
  readonly activatedAt?: number;
  readonly isArchived?: boolean;
  readonly scannedAt?: number;
}

export interface LifecycleSetting {
  readonly text: string;
  readonly setAt?: number;
  readonly evaluatedAt?: number;
}

export interface Repository {
  readonly name: string;
  readonly createdAt: number;
  readonly encryption: Encryption;
  readonly mutability: MutabilitySetting;
  readonly scanOnPush: boolean;
  readonly resourceTags: Readonly<Record<string, string>>;
  readonly lifecycle: LifecycleSetting | undefined;
  readonly policy: string | undefined;
  readonly layers: ReadonlyMap<Digest, Layer>;
  readonly images: ReadonlyMap<Digest, Image>;
  readonly tags: ReadonlyMap<string, Digest>;
}

export type NewRepository = Pick<
  Repository,
  "name" | "createdAt" | "encryption" | "mutability" | "scanOnPush" | "resourceTags"
>;

/** Everything that can happen to a repository. Its state is what its events made of it. */
export type RepositoryEvent =
  | { readonly did: "create"; readonly repository: NewRepository }
  | { readonly did: "add-layer"; readonly layer: Layer }
  | { readonly did: "drop-layers"; readonly digests: readonly Digest[] }
  | { readonly did: "add-image"; readonly image: ImageFacts }
  | { readonly did: "drop-image"; readonly digest: Digest }
  | { readonly did: "tag"; readonly tag: string; readonly digest: Digest }
  | { readonly did: "untag"; readonly tag: string }
  | { readonly did: "pull"; readonly digest: Digest; readonly at: number }
  | { readonly did: "archive"; readonly digest: Digest; readonly at: number }
  | { readonly did: "restore"; readonly digest: Digest; readonly at: number }
  | { readonly did: "scan"; readonly digest: Digest; readonly at: number }
  | { readonly did: "evaluate"; readonly at: number }
  | { readonly did: "set-mutability"; readonly mutability: MutabilitySetting }
  | { readonly did: "set-scan-on-push"; readonly scanOnPush: boolean }
  | { readonly did: "set-resource-tags"; readonly resourceTags: Readonly<Record<string, string>> }
  | { readonly did: "set-lifecycle"; readonly lifecycle: LifecycleSetting | null }
  | { readonly did: "set-policy"; readonly policy: string | null };

interface MutableImage extends ImageFacts {
  readonly sequence: number;
  readonly tags: Set<string>;
  pulledAt?: number;
  archivedAt?: number;
  activatedAt?: number;
  isArchived?: boolean;
  scannedAt?: number;
}

/** A repository as this file alone may change it: by an event. */
export interface LiveRepository extends Repository {
  mutability: MutabilitySetting;
  scanOnPush: boolean;
  resourceTags: Readonly<Record<string, string>>;
  lifecycle: LifecycleSetting | undefined;
  policy: string | undefined;
  readonly layers: Map<Digest, Layer>;
  readonly images: Map<Digest, MutableImage>;
  readonly tags: Map<string, Digest>;
  nextSequence: number;
}

/** A repository without images, for `applyEvent` to go on with. */
export function createRepository(settings: NewRepository): LiveRepository {
  return {
    ...settings,
    lifecycle: undefined,
    policy: undefined,
    layers: new Map(),
    images: new Map(),
    tags: new Map(),
    nextSequence: 1,
  };
}

/** Changes `repository` as the event says. Events are checked before they are made, never here. */
export function applyEvent(repository: LiveRepository, event: RepositoryEvent): void {
  switch (event.did) {
    case "create":
      return;
    case "add-layer":
      repository.layers.set(event.layer.digest, event.layer);
      return;
    case "drop-layers":
      for (const digest of event.digests) repository.layers.delete(digest);
      return;
    case "add-image":
    case "drop-image":
    case "tag":
    case "untag":
    case "pull":
    case "archive":
    case "restore":
    case "scan":
      applyImageEvent(repository, event);
      return;
    case "evaluate":
      if (repository.lifecycle) {
        repository.lifecycle = { ...repository.lifecycle, evaluatedAt: event.at };
      }
      return;
    default:
      applySetting(repository, event);
  }
}

type ImageEvent = Extract<
  RepositoryEvent,
  { did: "add-image" | "drop-image" | "tag" | "untag" | TimeEvent["did"] }
>;
type TimeEvent = Extract<RepositoryEvent, { did: "pull" | "archive" | "restore" | "scan" }>;
type SettingEvent = Extract<RepositoryEvent, { did: `set-${string}` }>;

function applyImageEvent(repository: LiveRepository, event: ImageEvent): void {
  switch (event.did) {
    case "add-image":
      addImage(repository, event.image);
      return;
    case "drop-image":
      dropImage(repository, event.digest);
      return;
    case "tag":
      untag(repository, event.tag);
      repository.tags.set(event.tag, event.digest);
      repository.images.get(event.digest)?.tags.add(event.tag);
      return;
    case "untag":
      untag(repository, event.tag);
      return;
    default: {
      const image = repository.images.get(event.digest);
      if (image) applyTime(image, event);
    }
  }
}

function applyTime(image: MutableImage, { did, at }: TimeEvent): void {
  switch (did) {
    case "pull":
      image.pulledAt = at;
      return;
    case "scan":
      image.scannedAt = at;
      return;
    case "archive":
      image.archivedAt = at;
      image.isArchived = true;
      return;
    case "restore":
      image.activatedAt = at;
      image.isArchived = false;
  }
}

export type ImageStatus = "ACTIVE" | "ACTIVATING" | "ARCHIVED";

/** Whether an image can be pulled at the time `now`, or why not. */
export function statusOf({ isArchived, activatedAt }: Image, now: number): ImageStatus {
  if (isArchived) return "ARCHIVED";
  return activatedAt !== undefined && activatedAt > now ? "ACTIVATING" : "ACTIVE";
}

function applySetting(repository: LiveRepository, event: SettingEvent): void {
  switch (event.did) {
    case "set-mutability":
      repository.mutability = event.mutability;
      return;
    case "set-scan-on-push":
      repository.scanOnPush = event.scanOnPush;
      return;
    case "set-resource-tags":
      repository.resourceTags = event.resourceTags;
      return;
    case "set-lifecycle":
      repository.lifecycle = event.lifecycle ?? undefined;
      return;
    case "set-policy":
      repository.policy = event.policy ?? undefined;
  }
}

function addImage(repository: LiveRepository, facts: ImageFacts): void {
  const image = { ...facts, sequence: repository.nextSequence, tags: new Set<string>() };
  repository.nextSequence += 1;
  repository.images.set(facts.digest, image);
}

function dropImage(repository: LiveRepository, digest: Digest): void {
  for (const tag of repository.images.get(digest)?.tags ?? []) repository.tags.delete(tag);
  repository.images.delete(digest);
}

function untag(repository: LiveRepository, tag: string): void {
  const digest = repository.tags.get(tag);
  if (digest !== undefined) repository.images.get(digest)?.tags.delete(tag);
  repository.tags.delete(tag);
}

/** The fewest events that make a repository like this one: what a compacted journal holds. */
export function summarise(repository: Repository): RepositoryEvent[] {
  const { name, createdAt, encryption, mutability, scanOnPush, resourceTags } = repository;
  const settings = { name, createdAt, encryption, mutability, scanOnPush, resourceTags };
  const { lifecycle, policy } = repository;
  return [
    { did: "create", repository: settings },
    ...(lifecycle === undefined ? [] : [{ did: "set-lifecycle", lifecycle } as const]),
    ...(policy === undefined ? [] : [{ did: "set-policy", policy } as const]),
    ...[...repository.layers.values()].map((layer) => ({ did: "add-layer", layer }) as const),
    ...[...repository.images.values()].flatMap(summariseImage),
  ];
}

/** What the manifest alone says of an image, and when it came. */
export function factsOf(image: Image): ImageFacts {
  const {
    tags: _,
    sequence,
    pulledAt,
    archivedAt,
    activatedAt,
    isArchived,
    scannedAt,
    ...facts
  } = image;
  return facts;
}

function summariseImage(image: Image): RepositoryEvent[] {
  const { digest, tags, pulledAt, archivedAt, activatedAt, isArchived, scannedAt } = image;
  const time = (did: TimeEvent["did"], at: number | undefined): RepositoryEvent[] =>
    at === undefined ? [] : [{ did, digest, at }];
  const storage = [time("archive", archivedAt), time("restore", activatedAt)];
  return [
    { did: "add-image", image: factsOf(image) },
    ...[...tags].map((tag) => ({ did: "tag", tag, digest }) as const),
    ...time("pull", pulledAt),
    ...time("scan", scannedAt),
    // What it is now comes last.
    ...(isArchived ? storage.toReversed() : storage).flat(),
  ];
}

/** The indexes that list this image; while there are any, it cannot be deleted. */
export function parentsOf(repository: Repository, digest: Digest): Digest[] {
  return [...repository.images.values()]
    .filter(({ children }) => children.includes(digest))
    .map((parent) => parent.digest);
}
