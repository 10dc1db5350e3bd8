import { Readable } from "node:stream";
import type { FoundManifest } from "../../ecr/types.ts";
import { isFailure } from "../../errors.ts";
import type { RegistryOptions } from "../../oci/asker.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Registry } from "../../oci/registry.ts";
import { retryingUnlessDone } from "../../oci/retry.ts";
import { watchFor } from "../event.ts";
import type { PlanTarget } from "../plan.ts";
import type { Receipt, StepOutcome } from "../receipt.ts";
import { recordArtifact, recordTypes, type TagRecord } from "../receipt-artifact.ts";
import { targetRegistry } from "../target-registry.ts";
import type { Roots } from "./apply-tags.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import { receiptOf } from "./receipt-of.ts";
import { type Applying, type Carrying, targetOf } from "./steps.ts";

/** A release that has its image, and what its tags point to at each target. */
export interface Released {
  readonly image: PlannedImage;
  readonly rootAt: Roots;
  readonly startedAt: Date;
}

/** Attaches the receipt wherever a tag was written and nothing was attached before its floating tags moved. */
export async function attachReceipts(applying: Applying, released: Released): Promise<void> {
  const ids = [...applying.targets.keys()].filter((id) => !applying.attached.has(id));
  await Promise.all(ids.map((id) => attachReceipt(applying, released, id)));
}

/**
 * Attaches the receipt to the released image at a target, when a tag was written there or one of `moves` is about
 * to be; so a rollback knows where it was before. A registry that does not take it is told of, and the
 * release goes on.
 */
export async function attachReceipt(
  applying: Applying,
  { image, rootAt, startedAt }: Released,
  id: string,
  moves: readonly StepOutcome[] = [],
): Promise<void> {
  const { world, attached } = applying;
  const outcomes = [...applying.outcomes, ...moves];
  if (!hasMoved(outcomes, id)) return;
  const receipt = receiptOf({ ...applying, outcomes }, image, startedAt);
  const target = targetOf(applying, id);
  attached.set(id, await attachTold(target, rootAt(id), recordOf(receipt, id), world));
}

/** What became of a record: the digest that it has in the registry, or why it has none. */
export type Attached =
  | { readonly state: "attached"; readonly digest: Digest }
  | { readonly state: "refused"; readonly why: string };

/** As `attachOrSay`; where the registry does not take the record, that is told of. */
export async function attachTold(
  target: Target,
  subject: FoundManifest,
  record: TagRecord,
  world: Carrying["world"],
): Promise<Attached> {
  const attached = await attachOrSay(target, subject, record, world);
  if (attached.state === "refused") {
    const message = `the receipt could not be attached to the image: ${attached.why}`;
    world.report({ type: "note", target: target.id, message });
  }
  return attached;
}

type Target = Pick<PlanTarget, "id" | "request" | "uri">;

/**
 * Attaches a record to an image at a target. A registry need not take it: what it says against it is an answer. Throws
 * INTERRUPTED.
 */
export async function attachOrSay(
  target: Target,
  subject: FoundManifest,
  record: TagRecord,
  world: Carrying["world"],
): Promise<Attached> {
  try {
    const registry = await targetRegistry(target.request, uriOf(target), world);
    const watch = { signal: world.signal, ...watchFor(target.request.region, world.report) };
    const digest = await attachRecord(registry, subject, record, watch);
    return { state: "attached", digest };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { state: "refused", why: error.message };
  }
}

/**
 * Attaches a record to an image that is in the repository, untagged: two requests for its blob and one for
 * its manifest. Throws what the registry answers.
 */
async function attachRecord(
  registry: Registry,
  subject: FoundManifest,
  record: TagRecord,
  { signal, onWait }: Pick<RegistryOptions, "signal" | "onWait">,
): Promise<Digest> {
  const { blob, document, manifest } = recordArtifact(subject, record);
  await retryingUnlessDone(
    () => registry.putBlob(blob, Readable.from([document])),
    () => registry.hasBlob(blob),
    signal,
    [],
    onWait,
  );
  await registry.putManifest(manifest);
  return manifest.digest;
}

/**
 * The receipt of one target, for at the others the work goes on. Steps are left out: build arguments and
 * settings stand there, and nobody needs them to find a way back.
 */
function recordOf(receipt: Receipt, id: string): TagRecord {
  const { steps: _, ...document } = receipt;
  const targets = receipt.targets.filter((target) => target.id === id);
  return {
    type: recordTypes.receipt,
    repository: `${id}/${receipt.image}`,
    at: receipt.startedAt,
    moved: targets.flatMap(({ tags, digest }) =>
      tags.flatMap(({ tag, from, to }) =>
        from !== null && to === digest && from !== to ? [{ tag, from }] : [],
      ),
    ),
    document: { ...document, targets },
  };
}

function hasMoved(outcomes: readonly StepOutcome[], id: string): boolean {
  return outcomes.some(
    ({ step, state }) => step.action === "tag" && step.target === id && state === "done",
  );
}
