import type { Digest } from "../oci/reference.ts";
import type { Expectation, Note, PlanTarget, Step } from "../release/plan.ts";
import type { WantedTag } from "../release/planning/tags.ts";
import type { Problem } from "../release/problem.ts";
import type { ReleasedPlatform } from "../release/receipt.ts";

/** Its bytes are not known where the image stays in its repository. */
export type PromotedPlatform = Omit<ReleasedPlatform, "bytes"> &
  Partial<Pick<ReleasedPlatform, "bytes">>;

/** An image that goes elsewhere as it is. */
export interface PlannedPromotion {
  /** As it was asked for. */
  readonly named: string;
  readonly digest: Digest;
  /** Where it is now: `ACCOUNT/REGION/REPOSITORY`, and its reference there. */
  readonly from: string;
  readonly reference: string;
  readonly versions: readonly string[];
  /** None where nobody knows: of an image that is no index, when it stays in its repository, and of an artifact. */
  readonly platforms: readonly PromotedPlatform[];
  readonly attestations: number;
  /** Manifests that refer to it, or to something in it, and those tagged with such a digest. Absent where it stays. */
  readonly belonging?: number;
  /** Bytes of all its blobs, each counted once. Absent where it stays. */
  readonly bytes?: number;
}

/** A repository that images go to; its id is `ACCOUNT/REGION/REPOSITORY`. */
export interface PromotionTarget extends PlanTarget {
  readonly repository: string;
}

/** A step of a release, and what it is about: all images of one place are copied in one, and tags are one image's. */
export type PromotionStep = Step & {
  /** What a tag is to be on. */
  readonly image?: Digest;
  /** The image that a tag is for, as it was asked for. */
  readonly named?: string;
  readonly source?: string;
};

/** Which image gets which tags at which target. */
export interface Goal {
  readonly target: string;
  readonly image: Digest;
  /** Where the image is read from. */
  readonly from: string;
  readonly tags: readonly WantedTag[];
}

/** What a promotion would do: plain data. With problems it cannot be applied. */
export interface PromotionPlan {
  readonly format: 1;
  readonly images: readonly PlannedPromotion[];
  readonly targets: readonly PromotionTarget[];
  readonly goals: readonly Goal[];
  readonly versionTemplates: readonly string[];
  readonly expects: readonly Expectation[];
  readonly steps: readonly PromotionStep[];
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}
