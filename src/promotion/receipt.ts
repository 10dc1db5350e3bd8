import type { CopyCount } from "../oci/receiving.ts";
import type { Digest } from "../oci/reference.ts";
import type { Attached } from "../release/applying/attach-receipt.ts";
import type { StepOutcome, TagMove } from "../release/receipt.ts";
import type { PlannedPromotion } from "./plan.ts";

/** An image where it was promoted to. */
export interface PromotedImage {
  readonly digest: Digest;
  /** Host, repository and digest: what to deploy. */
  readonly reference: string;
  readonly from: string;
  readonly tags: readonly TagMove[];
  /** The tags of what is found beside a digest, such as `sha256-….sig`, each with what it is on. */
  readonly companions: readonly TagMove[];
  /** Whether a record of the promotion is attached to the image here; absent where no tag was written. */
  readonly attached?: Attached;
}

export interface PromotedTarget {
  readonly id: string;
  readonly uri: string;
  readonly images: readonly PromotedImage[];
  /** Absent when all was there before. */
  readonly copied?: CopyCount;
}

/** The record of what a promotion did and why. */
export interface PromotionReceipt {
  readonly format: 1;
  readonly images: readonly PlannedPromotion[];
  readonly targets: readonly PromotedTarget[];
  readonly steps: readonly StepOutcome[];
  readonly startedAt: string;
  readonly ms: number;
}
