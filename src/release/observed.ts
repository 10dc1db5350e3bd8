import type { ImageSummary, Repository } from "../ecr/types.ts";
import type { GitFacts } from "../git/repository.ts";
import type { LifecycleImage } from "../lifecycle/image.ts";
import type { Entry } from "../oci/join.ts";
import type { Digest } from "../oci/reference.ts";
import type { BaseImage } from "./base-images.ts";
import type { Denied } from "./denied.ts";
import type { Runnable } from "./planning/same-image.ts";
import type { Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";
import type { RolledBack } from "./rolled-back.ts";

/** A manifest that a target holds under one of the wanted tags, or under the digest of the layout at hand. */
export interface HeldManifest {
  readonly digest: Digest;
  readonly tag?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runs: Runnable;
  /** What it was built from; looked for where another build of the same commit is in the way. */
  readonly bases?: readonly BaseImage[];
}

/** A repository that nobody described: a read by tag says that it exists, and not how its tags are locked. */
export type AssumedRepository = Pick<Repository, "registryId" | "uri">;

/** All images of a repository, untagged ones too, and what time it was at ECR when they were read, in milliseconds since 1970. */
export interface JudgedImages {
  readonly images: readonly LifecycleImage[];
  readonly at: number;
}

/** Whether a target mounts layers, and from which repositories of its registry. */
export type Mounting =
  | { readonly state: "on"; readonly from: readonly string[] }
  | { readonly state: "off" }
  | { readonly state: "unknown"; readonly denied: Denied };

/** What was seen at one target. */
export interface TargetFacts {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly request: TargetRequest;
  /** Why nothing was looked at here. */
  readonly refused?: Problem;
  readonly repository: Repository | AssumedRepository | null;
  /** Why the repository could not be described. */
  readonly undescribed?: Denied;
  /** All tagged images, archived ones too; with `unlisted` those under the tags that were asked for. */
  readonly images: readonly ImageSummary[];
  /** Why the images could not be listed. */
  readonly unlisted?: Denied;
  readonly held: readonly HeldManifest[];
  /** The floating tags that a rollback holds where they are. */
  readonly rolledBack?: readonly RolledBack[];
  /** Whether layers are mounted from neighbours; only where it was asked for, or a base image is there to mount from. */
  readonly mounting?: Mounting;
  /** The text of the lifecycle policy in place. */
  readonly policy: string | null;
  /** Why the lifecycle policy could not be read. */
  readonly policyUnread?: string;
  /** Only where a lifecycle policy would be put. */
  readonly judged?: JudgedImages;
  /** Why there is nothing to judge the policy by. */
  readonly unjudged?: Denied;
}

/** What a layout holds that `--layout` named. */
export interface GivenImage {
  readonly directory: string;
  readonly digest: Digest;
  readonly annotations: Readonly<Record<string, string>>;
  /** What its images run on, in its own order. */
  readonly platforms: readonly string[];
  readonly entries: readonly Entry[];
  /** What it was built from, as its provenance says; absent where nothing says so. */
  readonly bases?: readonly BaseImage[];
}

/** A target that `--only-target` leaves out, as far as it could be looked at. */
export interface LeftOutTarget {
  readonly facts: TargetFacts;
  /** Why nothing is known of it. */
  readonly unreached?: string;
}

/** Everything that the planner knows of the outside, read once. */
export interface Observed {
  readonly git: GitFacts;
  readonly targets: readonly TargetFacts[];
  /** The image already built from the same inputs, on this machine. */
  readonly layout: { readonly digest: Digest } | null;
  /** The layouts that were named; none when the image is built here. */
  readonly given: readonly GivenImage[];
  readonly leftOut: readonly LeftOutTarget[];
  /** Why a build could not be done here; empty when it can, or when none is needed. */
  readonly buildProblems: readonly Problem[];
  /** What the gates of the plan lack to look at all. */
  readonly gateProblems: readonly Problem[];
  /** Why the git tag that was asked for could not be made or pushed; empty when it can, or when none is. */
  readonly tagProblems: readonly Problem[];
}
