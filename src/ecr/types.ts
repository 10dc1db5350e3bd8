import type { Digest } from "../oci/reference.ts";

/** Who asks, as STS says. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** A docker login for one registry; 12 hours long, good in its own region alone (ecr-registry-auth). */
export interface RegistryToken {
  readonly username: string;
  readonly password: string;
  readonly expiresAt: Date;
  /** Scheme and host of the caller's own registry. */
  readonly origin: string;
}

/** A repository by name, in another account's registry or, without `registryId`, in the caller's own. */
export interface RepositoryId {
  readonly name: string;
  readonly registryId?: string;
}

export type Mutability =
  | "MUTABLE"
  | "IMMUTABLE"
  | "MUTABLE_WITH_EXCLUSION"
  | "IMMUTABLE_WITH_EXCLUSION";

export interface Repository {
  readonly name: string;
  readonly registryId: string;
  /** Host and name: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app`. */
  readonly uri: string;
  readonly mutability: Mutability;
  readonly mutabilityExclusions: readonly string[];
}

export interface NewRepository {
  readonly mutability: Mutability;
  readonly mutabilityExclusions: readonly string[];
  readonly scanOnPush: boolean;
  readonly encryption: { readonly type: "AES256" | "KMS" | "KMS_DSSE"; readonly kmsKey?: string };
  readonly resourceTags: Readonly<Record<string, string>>;
}

export interface ImageSummary {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly status: "ACTIVE" | "ARCHIVED" | "ACTIVATING";
  readonly pushedAt: string;
}

export type ImageId = { readonly tag: string } | { readonly digest: Digest };

/** A manifest as ECR keeps it; `text` is passed back byte for byte when it gets another tag (trap 19). */
export interface FoundManifest {
  readonly digest: Digest;
  readonly tag?: string;
  readonly text: string;
  readonly mediaType: string;
}

/** Amazon ECR as Slipway uses it: one region, one principal. */
export interface Ecr {
  readonly region: string;
  identity(): Promise<Identity>;
  token(): Promise<RegistryToken>;
  /** `undefined` when there is no such repository. */
  repository(id: RepositoryId): Promise<Repository | undefined>;
  createRepository(id: RepositoryId, settings: NewRepository): Promise<Repository>;
  /** All tagged images, archived ones too; none when there is no such repository. */
  taggedImages(id: RepositoryId): Promise<readonly ImageSummary[]>;
  /** The manifests of these ids, those that do not exist left out. */
  manifests(id: RepositoryId, images: readonly ImageId[]): Promise<readonly FoundManifest[]>;
  /** Points a tag at a manifest that is in the repository. Throws TAG_IMMUTABLE when it may not be moved. */
  tag(id: RepositoryId, tag: string, manifest: FoundManifest): Promise<"tagged" | "already">;
  /** The policy's text, `undefined` when there is none. */
  lifecyclePolicy(id: RepositoryId): Promise<string | undefined>;
  putLifecyclePolicy(id: RepositoryId, text: string): Promise<void>;
}
