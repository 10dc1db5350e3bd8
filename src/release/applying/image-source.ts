import type { FoundManifest } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Source } from "../../oci/content.ts";
import type { Layout } from "../../oci/layout.ts";
import { hasDigest } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/reference.ts";
import { type Holder, sourceInTurn } from "../../oci/source-in-turn.ts";
import { readTree, storedIn, type Tree } from "../../oci/tree.ts";
import { type BaseImage, readBaseImages } from "../base-images.ts";
import { textOf } from "../contents.ts";
import type { Plan, PlanTarget } from "../plan.ts";
import { targetRegistry } from "../target-registry.ts";
import type { World } from "../world.ts";

/** The image of a plan: all its manifests, and where its blobs can be read. */
export interface PlannedImage {
  readonly tree: Tree;
  /** The root as it must be passed back to ECR, byte for byte. */
  readonly root: FoundManifest;
  /** Opened when blobs are needed, and not before. */
  readonly source: () => Promise<Source>;
  /** What it was built from; absent where nobody looked, or nothing says so. */
  readonly bases?: readonly BaseImage[];
}

/**
 * What a plan has to know of the image in a layout. Throws MANIFEST_INVALID or CONTENT_CORRUPT where it cannot be
 * read.
 */
export async function imageOfLayout(layout: Layout): Promise<PlannedImage> {
  return await imageIn(await readTree(layout.root, layout), layout);
}

/** An image that is on this machine, and tells what it was built from. */
export async function imageIn(tree: Tree, source: Source): Promise<PlannedImage> {
  const bases = await readBaseImages(tree, source);
  return { ...planned(tree, async () => source), ...(bases && { bases }) };
}

/** The layout built before from the plan's inputs. Throws PLAN_STALE when it is no longer there. */
export async function imageFromLayouts({ source, content }: Plan, { layouts }: World) {
  const layout = await layouts.find(source.inputs);
  if (layout && content.from === "layout" && layout.root.digest === content.digest) {
    return await imageOfLayout(layout);
  }
  throw new SlipwayError(
    "PLAN_STALE",
    "the layout that the plan would publish is no longer there",
    {
      suggestions: ["plan again: the image will be built anew"],
    },
  );
}

/**
 * An image that targets hold, its manifests read by the ECR API, its blobs only when asked for. The first of the
 * holders is asked, and the next where it fails.
 */
export async function imageFromRegistry(
  digest: Digest,
  holders: readonly PlanTarget[],
  image: string,
  world: World,
): Promise<PlannedImage> {
  const source = sourceInTurn(
    holders.map((holder) => heldAt(holder, image, world)),
    ({ place }, { message }) =>
      world.report({ type: "note", target: place.name, message: passedOver(message) }),
  );
  return planned(await readTree({ digest, mediaType: "" }, source), async () => source);
}

function passedOver(why: string): string {
  return `it could not give all of the image, and another target that has it is asked: ${why}`;
}

/** The way to the blobs is opened with the first of them: it may take a token. */
function heldAt(target: PlanTarget, image: string, world: World): Holder {
  const ecr = world.ecr(target.request);
  const id = { name: image, registryId: target.account };
  return {
    place: { name: target.id, remedy: [] },
    async manifest({ digest }) {
      const [found] = await ecr.manifests(id, [{ digest }]);
      if (found === undefined) {
        throw new SlipwayError("NOT_FOUND", `${target.id} does not have ${digest} of ${image}`);
      }
      const bytes = Buffer.from(found.text);
      if (!hasDigest(bytes, digest)) {
        throw new SlipwayError("CONTENT_CORRUPT", `${target.id} sent other bytes for ${digest}`);
      }
      return { bytes, mediaType: found.mediaType, digest };
    },
    blob: async (blob) =>
      await (await targetRegistry(target.request, uriOf(target), world)).blob(blob),
  };
}

/** A target's repository address. Throws NOT_FOUND while the repository is not made. */
export function uriOf({ uri, id }: Pick<PlanTarget, "uri" | "id">): string {
  if (uri !== null) return uri;
  throw new SlipwayError("NOT_FOUND", `${id} has no such repository yet`);
}

function planned(tree: Tree, source: PlannedImage["source"]): PlannedImage {
  const root = storedIn(tree, tree.root);
  if (root === undefined) throw new Error("a tree without its root");
  return { tree, source, root: textOf(root) };
}
