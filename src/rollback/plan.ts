import type { Digest } from "../oci/reference.ts";
import type { Note } from "../release/plan.ts";
import type { Problem } from "../release/problem.ts";
import type { TargetRequest } from "../release/request.ts";

/** What a digest is called: the versions whose tags are on it at that target, those of the tag's line where it has such. */
export interface Place {
  readonly digest: Digest;
  readonly versions: readonly string[];
}

/** One target of the plan, `ACCOUNT/REGION`: where the tag is, where it goes, and who says so. */
export interface RollbackTarget {
  readonly id: string;
  readonly account: string;
  readonly request: TargetRequest;
  /** Host and repository; `null` where there is none. */
  readonly uri: string | null;
  readonly from: Place | null;
  /** `null` where the way back is not known. The same as `from`: nothing to do. */
  readonly to: Place | null;
  readonly because: string;
  /** Where the tag is there already, and must yet be held as at the other targets: only a newer version moves it. */
  readonly toHoldBelow?: string;
}

/** What a rollback would do: plain data. With problems it cannot be applied. */
export interface RollbackPlan {
  readonly format: 1;
  readonly image: string;
  readonly tag: string;
  readonly targets: readonly RollbackTarget[];
  /** Only a release newer than this moves the tag again; `null` when its line has no version. */
  readonly newerThan: string | null;
  /** The versions that the tag could go to, the newest first. */
  readonly candidates: readonly string[];
  /** What is worth knowing and stands in nobody's way. */
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/** Whether the tag is everywhere where the plan takes it, and held there. */
export function isRolledBack({ targets }: Pick<RollbackPlan, "targets">): boolean {
  return targets.every((target) => isThere(target) && target.toHoldBelow === undefined);
}

/** Whether the tag need not move at this target. */
export function isThere({ from, to }: Pick<RollbackTarget, "from" | "to">): boolean {
  return to !== null && from?.digest === to.digest;
}
