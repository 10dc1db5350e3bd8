import type { CopyCount } from "../oci/receiving.ts";
import type { Digest } from "../oci/reference.ts";
import type { Attached } from "./applying/attach-receipt.ts";
import type { BaseImage } from "./base-images.ts";
import type { Unchanged } from "./changed.ts";
import type { GateResult } from "./gate.ts";
import type { Plan, PlanSource, Step } from "./plan.ts";
import type { TagKind } from "./planning/tags.ts";

/** How a step ended. `already` means that somebody, or an earlier run, had done it. */
export interface StepOutcome {
  readonly step: Step;
  readonly state: "done" | "already" | "kept";
  readonly ms: number;
  readonly copied?: CopyCount;
  /** Where a floating tag was just before it was written, which may be elsewhere than planned. */
  readonly from?: Digest | null;
  /** Why it ended otherwise than planned. */
  readonly because?: string;
}

export interface ReleasedPlatform {
  readonly platform: string;
  readonly digest: Digest;
  /** Compressed bytes of its layers and config. */
  readonly bytes: number;
}

export interface TagMove {
  readonly tag: string;
  readonly kind: TagKind;
  readonly from: Digest | null;
  readonly to: Digest | null;
  readonly because: string;
}

export interface ReleasedTarget {
  readonly id: string;
  readonly uri: string;
  /** The release's own, or that of the same image with attestations of its own. */
  readonly digest: Digest;
  /** Host, repository and digest: what to deploy. */
  readonly reference: string;
  readonly tags: readonly TagMove[];
  /** Absent when the image was there before. */
  readonly copied?: CopyCount;
  /** Whether this receipt is attached to the image here; absent where no tag was written. */
  readonly attached?: Attached;
}

/** The records of several images that were released together. */
export interface Receipts {
  readonly format: 1;
  readonly receipts: readonly Receipt[];
  readonly unchanged: readonly Unchanged[];
}

/** The receipts of a document, one or several. */
export function receiptsOf(document: Receipt | Receipts): readonly Receipt[] {
  return "receipts" in document ? document.receipts : [document];
}

/** The record of what a release did and why. */
export interface Receipt {
  readonly format: 1;
  readonly image: string;
  readonly version: string;
  readonly versionBecause: string;
  readonly source: PlanSource;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Plan["content"]["from"];
  readonly platforms: readonly ReleasedPlatform[];
  readonly attestations: number;
  /** The images that it was built from, as its provenance says; absent when it was not built on this machine. */
  readonly bases?: readonly BaseImage[];
  readonly targets: readonly ReleasedTarget[];
  /** What each gate found; empty where none was asked for, or a registry had the image. */
  readonly gates: readonly GateResult[];
  readonly steps: readonly StepOutcome[];
  readonly startedAt: string;
  readonly ms: number;
}
