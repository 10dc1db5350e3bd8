import { digestOf } from "../../src/oci/manifest.ts";
import { type ReadRecord, recordTypes } from "../../src/release/receipt-artifact.ts";
import type { RollbackFacts, RollbackRequest } from "../../src/rollback/facts.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { observed, request, type TargetWorld } from "../release/facts.ts";

export const asked = request();
const at = "2026-11-21T10:00:00.000Z";

/** The record of a release that moved `latest` from an image, or of a rollback. */
export function record(from: string, newerThan?: string): ReadRecord {
  const moved = [{ tag: "latest", from: digestOf(from) }];
  const repository = "123456789012/us-east-1/team/app";
  if (newerThan === undefined) return { type: recordTypes.receipt, repository, at, moved };
  return { type: recordTypes.rollback, repository, at, moved, newerThan };
}

export interface Seen extends TargetWorld {
  readonly records?: readonly ReadRecord[];
  readonly missing?: readonly string[];
  readonly policy?: string;
}

/** Images are named as their version; `latest` is at `tagged`. */
export function images(tagged: string, ...versions: readonly string[]) {
  return versions.map((version) => ({
    name: version,
    tags: version === tagged ? [version, "latest"] : [version],
  }));
}

export function planned(targets: readonly Seen[], asks: Partial<RollbackRequest> = {}) {
  const facts = observed(asked, { targets }).targets.map(
    (target, index): RollbackFacts => ({
      target,
      records: targets[index]?.records ?? [],
      ...(targets[index]?.missing && { missing: targets[index].missing }),
      ...(targets[index]?.policy && { policy: targets[index].policy }),
    }),
  );
  return planRollback({ tag: "latest", receipts: [], ...asks }, asked, facts);
}
