import { Readable } from "node:stream";
import type { FoundManifest } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Registry } from "../../oci/registry.ts";
import { retrying } from "../../oci/retry.ts";
import type { Receipt, ReleasedTarget } from "../receipt.ts";
import { recordArtifact, recordTypes, type TagRecord } from "../receipt-artifact.ts";
import type { Roots } from "./apply-tags.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import { receiptOf } from "./receipt-of.ts";
import { type Applying, targetOf } from "./steps.ts";
import { targetRegistry } from "./target-registry.ts";

/**
 * Attaches the receipt to the released image wherever a tag was written, once the tags stand; so a
 * rollback knows where they were before. A registry that does not take it is told of, and the release goes on.
 */
export async function attachReceipts(
  applying: Applying,
  image: PlannedImage,
  { rootAt, startedAt }: { readonly rootAt: Roots; readonly startedAt: Date },
): Promise<void> {
  const receipt = receiptOf(applying, image, startedAt);
  const { world, attached } = applying;
  await Promise.all(
    receipt.targets.map(async (released) => {
      if (!hasMoved(receipt, released)) return;
      const target = targetOf(applying, released.id);
      const state = await attachOrSay(async () => {
        const registry = await targetRegistry(target.request, uriOf(target), world);
        const root = rootAt(released.id);
        return await attachRecord(registry, root, recordOf(receipt, released), world.signal);
      });
      attached.set(released.id, state);
      if (state.state === "attached") return;
      const message = `the receipt could not be attached to the image: ${state.why}`;
      world.report({ type: "note", target: released.id, message });
    }),
  );
}

/** What became of a record: the digest that it has in the registry, or why it has none. */
export type Attached =
  | { readonly state: "attached"; readonly digest: Digest }
  | { readonly state: "refused"; readonly why: string };

/** A registry need not take a record: what it says against it is an answer. Throws INTERRUPTED. */
export async function attachOrSay(attach: () => Promise<Digest>): Promise<Attached> {
  try {
    return { state: "attached", digest: await attach() };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code === "INTERRUPTED") throw error;
    return { state: "refused", why: error.message };
  }
}

/**
 * Attaches a record to an image that is in the repository, untagged: two requests for its blob and one for
 * its manifest. Throws what the registry answers.
 */
export async function attachRecord(
  registry: Registry,
  subject: FoundManifest,
  record: TagRecord,
  signal: AbortSignal,
): Promise<Digest> {
  const { blob, document, manifest } = recordArtifact(subject, record);
  await retrying(() => registry.putBlob(blob, Readable.from([document])), signal);
  await registry.putManifest(manifest);
  return manifest.digest;
}

/** Steps are left out: build arguments and settings stand there, and nobody needs them to find a way back. */
function recordOf(receipt: Receipt, { digest, tags }: ReleasedTarget): TagRecord {
  const { steps: _, ...document } = receipt;
  return {
    type: recordTypes.receipt,
    at: receipt.startedAt,
    moved: tags.flatMap(({ tag, from, to }) =>
      from !== null && to === digest && from !== to ? [{ tag, from }] : [],
    ),
    document,
  };
}

function hasMoved({ steps }: Receipt, { id }: ReleasedTarget): boolean {
  return steps.some(
    ({ step, state }) => step.action === "tag" && step.target === id && state === "done",
  );
}
