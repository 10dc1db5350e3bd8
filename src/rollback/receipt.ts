import type { Attached } from "../release/applying/attach-receipt.ts";
import type { Note } from "../release/plan.ts";
import type { Place } from "./plan.ts";

export interface RolledBackTarget {
  readonly id: string;
  /** Host, repository and digest that the tag is on now. */
  readonly reference: string;
  readonly from: Place | null;
  readonly to: Place | null;
  /** `already` means that it was there. */
  readonly state: "moved" | "already";
  /** Whether the registry remembers; where it does not, the next release may move the tag again. */
  readonly record?: Attached;
}

/** The record of what a rollback did. */
export interface RollbackReceipt {
  readonly format: 1;
  readonly image: string;
  readonly tag: string;
  readonly newerThan: string | null;
  readonly targets: readonly RolledBackTarget[];
  readonly notes: readonly Note[];
  readonly at: string;
}
