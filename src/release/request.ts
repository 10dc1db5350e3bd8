import type { BuildSpec } from "../docker/build-spec.ts";
import type { Mutability } from "../ecr/types.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import type { GateWish } from "./gate.ts";

export type Bump = "major" | "minor" | "patch" | "prerelease";

/** Which version is wanted: this one, the next of a kind, or what the git tag at HEAD says. */
export type VersionWish =
  | { readonly kind: "exact"; readonly version: string; readonly because?: string }
  | { readonly kind: "bump"; readonly bump: Bump; readonly preid?: string }
  | { readonly kind: "git-tag" };

/**
 * Tag templates with `{version} {major} {minor} {patch} {prerelease} {channel} {sha} {sha:N} {branch} {date}`.
 * The first version template contains `{version}`: the versions in a registry are read back with it.
 */
export interface TagTemplates {
  readonly version: readonly string[];
  readonly commit: readonly string[];
  readonly floating: readonly string[];
  /** Floating tags of prereleases, such as `{channel}`, which is `beta` for `1.4.0-beta.2`. */
  readonly channel: readonly string[];
  /** What stands before the version in git tags: `v`, `payments@`, `payments/v`. */
  readonly gitPrefix: string;
}

/** One registry to publish to. Account ids are strings: they keep their leading zeros. */
export interface TargetRequest {
  readonly region: string;
  readonly account?: string;
  readonly profile?: string;
  readonly role?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
}

/** How a repository is made when it is absent; of an existing one only tag filters of a new major version change. */
export interface RepositorySettings {
  readonly create: boolean;
  /** Absent: Slipway chooses what locks the version and commit tags and frees the floating ones. */
  readonly mutability?: Mutability;
  readonly mutabilityExclusions: readonly string[];
  readonly scanOnPush: boolean;
  /** Repositories of the same registry whose layers are mounted instead of uploaded. */
  readonly mountFrom: readonly string[];
  readonly encryption: { readonly type: "AES256" | "KMS" | "KMS_DSSE"; readonly kmsKey?: string };
  readonly resourceTags: Readonly<Record<string, string>>;
}

/** Everything the user asked for: the file, the flags and the defaults, in one checked value. */
export interface Request {
  readonly image: string;
  readonly version: VersionWish;
  readonly build: BuildSpec;
  /** What was made otherwise than by default for the sake of who will run the image, each with its reason. */
  readonly adjusted?: readonly string[];
  readonly tags: TagTemplates;
  readonly targets: readonly TargetRequest[];
  /** Ids of the targets to finish now; empty: all. */
  readonly onlyTargets: readonly string[];
  /** Directories of layouts that were built elsewhere; empty: the image is built here. */
  readonly layouts: readonly string[];
  /** The accounts that may take part, as caller or as registry; absent: no word about it. */
  readonly expectAccounts?: readonly string[];
  readonly repository: RepositorySettings;
  readonly lifecycle?: LifecyclePolicy;
  /** What must hold of the image before any of it leaves. */
  readonly gates: readonly GateWish[];
  /** Takes an image under the version or commit tag that does not say what it was built from for this release's. */
  readonly adopt: boolean;
  /** Makes a new image of a commit that has one, for a version of its own. */
  readonly rebuild: boolean;
  readonly git: {
    readonly allowDirty: boolean;
    readonly createTag: boolean;
    readonly pushTag: boolean;
  };
}
