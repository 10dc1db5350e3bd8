import type { FoundManifest } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Source, StoredManifest } from "../../oci/content.ts";
import type { Layout } from "../../oci/layout.ts";
import { readTree, type Tree } from "../../oci/tree.ts";
import { type BaseImage, readBaseImages } from "../base-images.ts";
import type { Plan, PlanTarget } from "../plan.ts";
import type { World } from "../world.ts";
import { targetRegistry } from "./target-registry.ts";

/** The image of a plan: all its manifests, and where its blobs can be read. */
export interface PlannedImage {
  readonly tree: Tree;
  /** The root as it must be passed back to ECR, byte for byte. */
  readonly root: FoundManifest;
  /** Opened when blobs are needed, and not before: it may take a token. */
  readonly source: () => Promise<Source>;
  /** What it was built from; absent where nobody looked, or nothing says so. */
  readonly bases?: readonly BaseImage[];
}

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

/** An image that a target holds, its manifests read by the ECR API, its blobs only when asked for. */
export async function imageFromRegistry(
  digest: FoundManifest["digest"],
  target: PlanTarget,
  image: string,
  world: World,
): Promise<PlannedImage> {
  const ecr = world.ecr(target.request);
  const id = { name: image, registryId: target.account };
  const manifest = async (wanted: { digest: FoundManifest["digest"] }): Promise<StoredManifest> => {
    const [found] = await ecr.manifests(id, [{ digest: wanted.digest }]);
    if (found === undefined) {
      throw new SlipwayError(
        "NOT_FOUND",
        `${target.id} does not have ${wanted.digest} of ${image}`,
      );
    }
    return { bytes: Buffer.from(found.text), mediaType: found.mediaType, digest: wanted.digest };
  };
  const tree = await readTree({ digest, mediaType: "" }, { manifest });
  return planned(tree, () => targetRegistry(target.request, uriOf(target), world));
}

/** A target's repository address. Throws NOT_FOUND while the repository is not made. */
export function uriOf({ uri, id }: Pick<PlanTarget, "uri" | "id">): string {
  if (uri !== null) return uri;
  throw new SlipwayError("NOT_FOUND", `${id} has no such repository yet`);
}

function planned(tree: Tree, source: PlannedImage["source"]): PlannedImage {
  const node = tree.nodes.find(({ manifest }) => manifest.digest === tree.root);
  if (node === undefined) throw new Error("a tree without its root");
  const { bytes, mediaType, digest } = node.manifest;
  return { tree, source, root: { digest, mediaType, text: bytes.toString("utf8") } };
}
