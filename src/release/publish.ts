import { SlipwayError } from "../errors.ts";
import { type CopyCount, type CopyResult, copyTree } from "../oci/copy.ts";
import { blobsOf } from "../oci/tree.ts";
import { type Applying, each, perform, type StepOf, targetOf } from "./applying.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import { verifyComplete } from "./published.ts";
import { targetRegistry } from "./target-registry.ts";

/**
 * Copies the image to every target that lacks it, all at once, and then asks every one of them whether
 * it has all of it. Nothing gets a name here. When a target fails, the others are still finished, so
 * that the next run has less to do; then its error is thrown.
 */
export async function publish(applying: Applying, image: PlannedImage): Promise<void> {
  const steps = applying.plan.steps.filter(
    (step): step is StepOf<"copy"> => step.action === "copy",
  );
  if (steps.length > 0) await copyToAll(applying, image, steps);
  await each(applying, "verify", async (step) => {
    const registry = await registryAt(applying, step.target);
    await verifyComplete(registry, image.tree, step.target);
    return "done";
  });
}

interface Failure {
  readonly target: string;
  readonly error: unknown;
}

async function copyToAll(
  applying: Applying,
  image: PlannedImage,
  steps: readonly StepOf<"copy">[],
): Promise<void> {
  const { report, signal } = applying.world;
  const registries = await Promise.all(steps.map(({ target }) => registryAt(applying, target)));
  const total = blobsOf(image.tree.nodes).reduce((sum, { size }) => sum + size, 0);
  const sent = steps.map(() => 0);
  const copying = copyTree(image.tree, await image.source(), registries, {
    signal,
    report: (at, bytes) => {
      sent[at] = (sent[at] ?? 0) + bytes;
      report({ type: "copy-progress", target: steps[at]?.target ?? "", bytes: sent[at], total });
    },
  });
  const failures: Failure[] = [];
  await Promise.all(
    steps.map((step, at) =>
      finish(applying, step, copying, at).catch((error) =>
        failures.push({ target: step.target, error }),
      ),
    ),
  );
  if (failures.length > 0) throw failedAt(failures, steps.length);
}

async function finish(
  applying: Applying,
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

async function registryAt(applying: Applying, id: string) {
  const target = targetOf(applying, id);
  return await targetRegistry(target.request, uriOf(target), applying.world);
}

/** All failed targets are told together; an error that is a bug of ours is thrown as it is. */
function failedAt(failures: readonly Failure[], all: number): unknown {
  const bug = failures.find(({ error }) => !(error instanceof SlipwayError));
  if (bug) return bug.error;
  const errors = failures.map(({ error }) => error as SlipwayError);
  const [first] = errors;
  const said = failures.map(({ target }, at) => `  ${target}: ${errors[at]?.message}`);
  const message = `nothing was tagged: ${failures.length} of ${all} targets did not get the image\n${said.join("\n")}`;
  return new SlipwayError(first?.code ?? "REGISTRY_FAILED", message, {
    suggestions: [
      ...new Set(errors.flatMap(({ suggestions }) => suggestions)),
      "run the same release again: it uploads only what is missing",
    ],
    cause: first,
  });
}
