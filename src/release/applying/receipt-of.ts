import { listedBelow } from "../../oci/listed.ts";
import { formatPlatform, isAttestation, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/reference.ts";
import { blobsOf, type Node, type Tree } from "../../oci/tree.ts";
import type { PlanTarget, Step } from "../plan.ts";
import type {
  Receipt,
  ReleasedPlatform,
  ReleasedTarget,
  StepOutcome,
  TagMove,
} from "../receipt.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import type { Applying, StepOf } from "./steps.ts";

/** The record of a finished release. */
export function receiptOf(applying: Applying, image: PlannedImage, startedAt: Date): Receipt {
  const { plan, world, targets } = applying;
  const outcomes = inPlanOrder(applying);
  const { digest, mediaType } = image.root;
  return {
    format: 1,
    image: plan.image,
    version: plan.version.value,
    versionBecause: plan.version.because,
    source: plan.source,
    digest,
    mediaType,
    content: plan.content.from,
    ...contentsOf(image.tree, plan.platforms[0]),
    ...(image.bases && { bases: image.bases }),
    targets: [...targets.values()].map((target) =>
      releasedTarget(target, outcomes, digest, applying),
    ),
    gates: applying.gated,
    steps: outcomes,
    startedAt: startedAt.toISOString(),
    ms: world.now().getTime() - startedAt.getTime(),
  };
}

/**
 * The platforms one can run, with their sizes, and how many attestations come with them; what an index in the index
 * lists is among them. An image that is no index does not say its platform in its manifest: it is `alone`.
 */
export function contentsOf(
  tree: Tree,
  alone = "unknown",
): { platforms: ReleasedPlatform[]; attestations: number } {
  const nodes = new Map(tree.nodes.map((node) => [node.manifest.digest, node]));
  const bytesOf = (digest: Digest) => sizeOf(nodes.get(digest));
  const manifestOf = (digest: Digest) => manifestIn(nodes.get(digest));
  const root = manifestOf(tree.root);
  if (root === undefined) return { platforms: [], attestations: 0 };
  if (root.kind === "image") {
    const own = { platform: alone, digest: tree.root, bytes: bytesOf(tree.root) };
    return { platforms: [own], attestations: 0 };
  }
  const entries = listedBelow({ digest: tree.root }, manifestOf);
  const platforms = entries.flatMap((entry) => {
    const { platform, digest } = entry;
    if (platform === undefined || isAttestation(entry)) return [];
    return [{ platform: formatPlatform(platform), digest, bytes: bytesOf(digest) }];
  });
  return { platforms, attestations: entries.filter(isAttestation).length };
}

function manifestIn(node: Node | undefined): Manifest | undefined {
  return node && parseManifest(node.manifest.bytes, node.manifest.mediaType);
}

/** A layer that is there twice is pulled once. */
function sizeOf(node: Node | undefined): number {
  return node === undefined ? 0 : blobsOf([node]).reduce((sum, { size }) => sum + size, 0);
}

function releasedTarget(
  target: PlanTarget,
  outcomes: readonly StepOutcome[],
  digest: Digest,
  { attached }: Applying,
): ReleasedTarget {
  const uri = uriOf(target);
  const own = target.digest ?? digest;
  const here = outcomes.filter(({ step }) => "target" in step && step.target === target.id);
  const copied = here.find((outcome) => outcome.copied)?.copied;
  const receipt = attached.get(target.id);
  return {
    id: target.id,
    uri,
    digest: own,
    reference: `${uri}@${own}`,
    ...(copied && { copied }),
    ...(receipt && { attached: receipt }),
    tags: tagMovesOf(here, own),
  };
}

/** What became of the tags of an image at one target. */
export function tagMovesOf(outcomes: readonly StepOutcome[], digest: Digest): TagMove[] {
  return outcomes.flatMap((outcome) =>
    outcome.step.action === "tag" ? [tagMove(outcome.step, outcome, digest)] : [],
  );
}

/** What became of a tag: a newer version may have kept it, and an earlier run or another job have written it. */
function tagMove(
  { tag, kind, from: planned, because: wish }: StepOf<"tag">,
  { state, from = planned, because = wish }: StepOutcome,
  digest: Digest,
): TagMove {
  const move = { tag, kind, from };
  if (state === "done") return { ...move, to: digest, because };
  if (state === "already") return { ...move, from: digest, to: digest, because: "it was there" };
  return { ...move, to: from, because };
}

/** Steps that ran side by side ended in any order; a record is read and compared in the plan's. */
export function inPlanOrder({
  plan,
  outcomes,
}: {
  readonly plan: { readonly steps: readonly Step[] };
  readonly outcomes: readonly StepOutcome[];
}): StepOutcome[] {
  const place = new Map(plan.steps.map((step, at) => [step, at]));
  return outcomes.toSorted((a, b) => (place.get(a.step) ?? 0) - (place.get(b.step) ?? 0));
}
