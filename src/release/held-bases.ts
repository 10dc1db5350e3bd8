import type { Digest } from "../oci/reference.ts";
import { readTree } from "../oci/tree.ts";
import { type BaseImage, readBaseImages } from "./base-images.ts";
import { unlessFailed } from "./denied.ts";
import type { HeldManifest, TargetFacts } from "./observed.ts";
import { revisionAnnotation, whose } from "./planning/identity.ts";
import type { Subject } from "./planning/subject.ts";
import { isFixed } from "./planning/tags.ts";
import { targetRegistry } from "./target-registry.ts";
import type { World } from "./world.ts";

type Reach = Pick<World, "ecr" | "signal" | "agents" | "report">;

/**
 * Learns what another build of this commit was built from, where it has a version or commit tag of the release:
 * with the same source in both, that may be what tells them apart. Nothing else is asked.
 */
export async function withBases(
  facts: TargetFacts,
  { tags, inputs }: Subject,
  world: Reach,
): Promise<TargetFacts> {
  const fixed = new Set(tags.filter(isFixed).map(({ tag }) => tag));
  const isTwin = ({ tag, annotations }: HeldManifest) =>
    tag !== undefined &&
    fixed.has(tag) &&
    whose(annotations, inputs) === "other" &&
    annotations[revisionAnnotation] === inputs.revision;
  const held = facts.held.map(async (one) => {
    const bases = isTwin(one) ? await basesAt(facts, one.digest, world) : undefined;
    return bases ? { ...one, bases } : one;
  });
  return { ...facts, held: await Promise.all(held) };
}

/** A principal that may plan need not be allowed to read blobs: then nobody knows. Throws INTERRUPTED. */
async function basesAt(
  { request, repository }: TargetFacts,
  digest: Digest,
  world: Reach,
): Promise<readonly BaseImage[] | undefined> {
  const read = async () => {
    const registry = await targetRegistry(request, repository?.uri ?? "", world);
    return await readBaseImages(await readTree({ digest, mediaType: "" }, registry), registry);
  };
  return await unlessFailed(read());
}
