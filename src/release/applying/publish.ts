import { joined, SlipwayError } from "../../errors.ts";
import { type Copying, copyTree, startCopying } from "../../oci/copy.ts";
import type { CopyCount, CopyResult } from "../../oci/receiving.ts";
import type { Digest } from "../../oci/reference.ts";
import { blobsOf, treeWithout } from "../../oci/tree.ts";
import { targetRegistry } from "../target-registry.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import { verifyComplete } from "./published.ts";
import {
  type Applying,
  type Carrying,
  each,
  perform,
  type StepOf,
  stepsOf,
  targetOf,
} from "./steps.ts";

/** The copying of a plan's image to the targets that lack it, begun before the image is whole. */
export interface Publishing {
  /** Where finished blobs may be offered while the image is still being built. */
  readonly copying: Copying;
  /** Sends the rest, then asks every target whether it has all of it. */
  finish(image: PlannedImage): Promise<void>;
}

/** What is known of a target, by its id. */
export interface KnownOf {
  /** The repositories of its registry whose blobs may be mounted there. */
  readonly mountFrom?: (target: string) => readonly string[];
  /** Manifests that it was seen to have when the plan was made: neither copied nor asked for again. */
  readonly seen?: (target: string) => ReadonlySet<Digest>;
}

/**
 * Opens the way to every target that lacks the image, all at once. Nothing gets a name here. When a
 * target fails, the others are still finished, so that the next run has less to do; then its error is thrown.
 */
export async function startPublishing(
  applying: Carrying,
  { mountFrom = () => [], seen = () => new Set() }: KnownOf = {},
): Promise<Publishing> {
  const { report, signal } = applying.world;
  const steps = stepsOf(applying, "copy");
  const registries = await Promise.all(
    steps.map(({ target }) => registryAt(applying, target, mountFrom(target))),
  );
  const sent = steps.map(() => 0);
  let total = 0;
  const copying = startCopying(registries, {
    signal,
    seen: (at) => seen(steps[at]?.target ?? ""),
    onWait: (at, why, ms) => report({ type: "waiting", target: steps[at]?.target ?? "", why, ms }),
    report: (at, bytes) => {
      sent[at] = (sent[at] ?? 0) + bytes;
      report({ type: "copy-progress", target: steps[at]?.target ?? "", bytes: sent[at], total });
    },
  });
  return {
    copying,
    async finish(image) {
      total = blobsOf(image.tree.nodes).reduce((sum, { size }) => sum + size, 0);
      if (steps.length > 0) await finishAll(applying, steps, copying, image);
      await each(applying, "verify", async (step) => {
        const registry = await registryAt(applying, step.target);
        const tree = treeWithout(image.tree, seen(step.target));
        await verifyComplete(registry, tree, step.target, signal);
        return "done";
      });
    },
  };
}

/** Brings an image that another job published first to every target of the plan, and verifies it there. */
export async function publishAdopted(applying: Applying, image: PlannedImage): Promise<void> {
  const { signal } = applying.world;
  const ids = [...applying.targets.keys()];
  const registries = await Promise.all(ids.map((id) => registryAt(applying, id)));
  const results = await copyTree(image.tree, await image.source(), registries, { signal });
  const failures = results.flatMap((result, at): Failure[] =>
    result.state === "failed" ? [{ target: ids[at] ?? "", error: result.error }] : [],
  );
  if (failures.length > 0) throw failedAt(failures, ids.length);
  await Promise.all(
    registries.map((registry, at) => verifyComplete(registry, image.tree, ids[at] ?? "", signal)),
  );
}

interface Failure {
  readonly target: string;
  readonly error: unknown;
}

async function finishAll(
  applying: Carrying,
  steps: readonly StepOf<"copy">[],
  copying: Copying,
  image: PlannedImage,
): Promise<void> {
  const copied = copying.finish(image.tree, await image.source());
  const failures: Failure[] = [];
  await Promise.all(
    steps.map((step, at) =>
      finish(applying, step, copied, at).catch((error) =>
        failures.push({ target: step.target, error }),
      ),
    ),
  );
  if (failures.length > 0) throw failedAt(failures, steps.length);
}

async function finish(
  applying: Carrying,
  step: StepOf<"copy">,
  copying: Promise<CopyResult[]>,
  at: number,
): Promise<void> {
  await perform(applying, step, async () => {
    const result = (await copying)[at];
    if (result?.state !== "copied") throw result?.error;
    const { state: _, ...copied }: CopyResult & CopyCount = result;
    return { state: copied.movedManifests > 0 ? "done" : "already", copied };
  });
}

async function registryAt(applying: Carrying, id: string, mountFrom: readonly string[] = []) {
  const target = targetOf(applying, id);
  return await targetRegistry(target.request, uriOf(target), applying.world, mountFrom);
}

/** All failed targets are told together; an error that is a bug of ours is thrown as it is. */
function failedAt(failures: readonly Failure[], all: number): unknown {
  const bug = failures.find(({ error }) => !(error instanceof SlipwayError));
  if (bug) return bug.error;
  const errors = failures.map(({ error }) => error as SlipwayError);
  const said = failures.map(({ target }, at) => `  ${target}: ${errors[at]?.message}`);
  const message = `nothing was tagged: ${failures.length} of ${all} targets did not get the image\n${said.join("\n")}`;
  return joined(errors, message, ["run the same command again: it uploads only what is missing"]);
}
