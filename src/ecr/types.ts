import type { Digest } from "../oci/reference.ts";
import type { Pace } from "./pace.ts";

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

/** An image as lifecycle rules see it. Times are milliseconds since 1970. */
export interface ImageDetails {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  /** The last recorded pull, kept to the day. */
  readonly pulledAt?: number;
  readonly archivedAt?: number;
  readonly activatedAt?: number;
  /** Bytes, as ECR counts them. */
  readonly size: number;
  readonly status: ImageSummary["status"];
  /** What an index lists; of an archived index, whose manifest cannot be read, nothing. */
  readonly children: readonly Digest[];
  /** What a referrer refers to. */
  readonly subject?: string;
}

/** A lifecycle policy in place; `lastEvaluatedAt` is absent when ECR never evaluated it (it says 1970 then). */
export interface StoredPolicy {
  readonly text: string;
  readonly lastEvaluatedAt?: number;
}

/** An image that ECR's lifecycle preview would remove, and the priority of the rule that does. */
export interface PreviewedImage {
  readonly digest: string;
  readonly departure: "expires" | "archived";
  readonly rule: number;
}

/** A signature, SBOM or other artifact whose manifest names an image as its subject (OCI 1.1). */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** As ECR counts it. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: ImageSummary["status"];
}

/** A vulnerability as ECR's scan tells of it; `""` and `null` stand for what the scan does not tell. */
export interface ScannedVulnerability {
  readonly id: string;
  /** ECR's own word: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL or UNDEFINED; Inspector's UNTRIAGED. */
  readonly severity: string;
  readonly package: string;
  readonly version: string;
  /** Whether a fixed version exists. Basic scans do not tell. */
  readonly fix: "yes" | "no" | "unknown";
  readonly fixedIn: string;
  /** When it became known, as ISO 8601. */
  readonly since: string | null;
  readonly url: string;
}

/** How ECR's scan of an image ended: with findings, or why there are none, in ECR's own words. */
export type ImageScan =
  | { readonly state: "scanned"; readonly vulnerabilities: readonly ScannedVulnerability[] }
  | { readonly state: "unscanned"; readonly status: string; readonly description: string };

/**
 * How managed signing of an image ended. `none`: no rule of the registry is about its repository, or it came before the rule.
 * `unfinished`: it goes on, and was waited for no longer.
 */
export type ManagedSigning =
  | { readonly state: "signed" | "none" | "unfinished" }
  | {
      readonly state: "failed";
      /** In ECR's own words. */
      readonly failures: readonly { readonly profile: string; readonly reason: string }[];
    };

/** `ifActive`: left out when it is in the archive, which otherwise fails the question. */
export type ImageId =
  | { readonly tag: string; readonly ifActive?: true }
  | { readonly digest: Digest };

/** A manifest as ECR keeps it; `text` is passed back byte for byte when it gets another tag (awsdocs/amazon-ecr-user-guide#51). */
export interface FoundManifest {
  readonly digest: Digest;
  readonly tag?: string;
  readonly text: string;
  readonly mediaType: string;
}

/** Amazon ECR as Slipway uses it: one region, one principal. */
export interface Ecr {
  readonly region: string;
  /**
   * What time it is at ECR, in milliseconds since 1970: by the clock of this machine, set right by as much as the answers
   * so far show it to be minutes off. Ages of images count by it.
   */
  now(): number;
  identity(): Promise<Identity>;
  /** The same one as long as it is good; a token that a registry `refused` is not answered again. */
  token(refused?: RegistryToken): Promise<RegistryToken>;
  /** Whether layers may be mounted between repositories of the caller's own registry. */
  mountsBlobs(): Promise<boolean>;
  /** Keeps PutImage, by the API and by the registry together, within ECR's quota for a region. */
  readonly pacePut: Pace;
  /** `undefined` when there is no such repository. */
  repository(id: RepositoryId): Promise<Repository | undefined>;
  /** The repository made, or the one that another release made meanwhile. */
  createRepository(id: RepositoryId, settings: NewRepository): Promise<Repository>;
  /** Sets which tags are locked; with an exclusion mode, `filters` are its wildcards. */
  putTagMutability(
    id: RepositoryId,
    mutability: Mutability,
    filters: readonly string[],
  ): Promise<void>;
  /** All tagged images, archived ones too; none when there is no such repository. */
  taggedImages(id: RepositoryId): Promise<readonly ImageSummary[]>;
  /** The digests of all images, untagged and archived ones too; none when there is no such repository. */
  digests(id: RepositoryId): Promise<readonly Digest[]>;
  /** The manifests of these ids, those that do not exist left out. */
  manifests(id: RepositoryId, images: readonly ImageId[]): Promise<readonly FoundManifest[]>;
  /** What refers to this image, archived referrers too; none when nothing does. */
  referrers(id: RepositoryId, subject: Digest): Promise<readonly Referrer[]>;
  /** Points a tag at a manifest that is in the repository. Throws TAG_IMMUTABLE when it may not be moved. */
  tag(id: RepositoryId, tag: string, manifest: FoundManifest): Promise<"tagged" | "already">;
  /** What a scan finds in one image, no index: waits for one on push, and starts one where none comes. 15 minutes at most. */
  scan(id: RepositoryId, digest: Digest): Promise<ImageScan>;
  /** What the last scan of an image found, as far as there is one that has ended; waits for nothing and starts nothing. */
  finishedScan(id: RepositoryId, digest: Digest): Promise<ImageScan | undefined>;
  /** Waits until ECR has signed an image by every rule that fits it, or has failed to. 5 minutes at most. */
  managedSigning(id: RepositoryId, digest: Digest): Promise<ManagedSigning>;
  /** The policy's text, `undefined` when there is none. */
  lifecyclePolicy(id: RepositoryId): Promise<string | undefined>;
  putLifecyclePolicy(id: RepositoryId, text: string): Promise<void>;
  /** The policy and when ECR last acted by it, `undefined` when there is none. */
  storedPolicy(id: RepositoryId): Promise<StoredPolicy | undefined>;
  /** Nothing happens when there is none. */
  deleteLifecyclePolicy(id: RepositoryId): Promise<void>;
  /** What ECR itself would do under this policy, asked of its preview. Waits for it, ten minutes at most. */
  previewLifecyclePolicy(id: RepositoryId, text: string): Promise<readonly PreviewedImage[]>;
  /** All repositories of the registry, the caller's own without `registryId`. */
  repositories(registryId?: string): Promise<readonly Repository[]>;
  /** All images, archived ones too, with what indexes list; `undefined` when there is no such repository. */
  imageDetails(id: RepositoryId): Promise<readonly ImageDetails[] | undefined>;
}
