import { SlipwayError } from "../errors.ts";
import { type Entry, joinEntries, joinedSource } from "../oci/join.ts";
import { type Layout, openLayout } from "../oci/layout.ts";
import { formatPlatform, isAttestation, parseManifest } from "../oci/manifest.ts";
import { canonicalPlatform } from "../oci/platform.ts";
import { readTree, storedIn, type Tree } from "../oci/tree.ts";
import { imageIn, type PlannedImage } from "./applying/image-source.ts";
import { readBaseImages } from "./base-images.ts";
import { platformAlone } from "./contents.ts";
import type { GivenImage } from "./observed.ts";
import type { JoinedContent } from "./plan.ts";

interface OpenedImage extends GivenImage {
  readonly layout: Layout;
  readonly tree: Tree;
}

/**
 * Reads what the layouts that `slipway build --output` left hold: their manifests, every one checked.
 * Throws LAYOUT_INVALID, CONTENT_CORRUPT, MANIFEST_INVALID or NOT_FOUND.
 */
export async function readGiven(directories: readonly string[]): Promise<GivenImage[]> {
  return await Promise.all(
    directories.map(async (directory) => {
      const { layout, tree, ...image } = await openGiven(directory);
      const bases = await readBaseImages(tree, layout);
      return { ...image, ...(bases && { bases }) };
    }),
  );
}

/**
 * The image that a plan made of such layouts, read in place. Throws PLAN_STALE when one of them is not the
 * one that was planned with.
 */
export async function imageFromGiven({
  digest,
  parts,
  annotations,
}: JoinedContent): Promise<PlannedImage> {
  const opened = await Promise.all(
    parts.map(async (part) => {
      const image = await openGiven(part.directory);
      if (image.digest === part.digest) return image;
      throw staleLayout(part, image.digest);
    }),
  );
  const [only, ...others] = opened;
  if (only !== undefined && others.length === 0) return await imageIn(only.tree, only.layout);
  const index = joinEntries(
    opened.map(({ entries }) => entries),
    annotations,
  );
  if (index.digest !== digest) {
    throw new SlipwayError("PLAN_INVALID", `the layouts join to ${index.digest}, not to ${digest}`);
  }
  const source = joinedSource(index, opened);
  return await imageIn(await readTree(index, source), source);
}

/** Where the parts of a plan lie here, found by their digests. Throws PLAN_STALE for one that is nowhere. */
export async function placeGiven(
  content: JoinedContent,
  directories: readonly string[],
): Promise<JoinedContent> {
  const here = await Promise.all(directories.map(openGiven));
  const parts = content.parts.map((part) => {
    const found = here.find(({ digest }) => digest === part.digest);
    if (found === undefined) throw staleLayout(part, here.map(({ digest }) => digest).join(", "));
    return { ...part, directory: found.directory };
  });
  return { ...content, parts };
}

function staleLayout(part: JoinedContent["parts"][number], found: string): SlipwayError {
  return new SlipwayError(
    "PLAN_STALE",
    `the plan is for the layout ${part.digest} (${part.platforms.join(", ")}), and here is ${found}`,
    {
      suggestions: [
        "name the directories that it was planned with: slipway release --plan FILE --layout DIR",
        "plan again: slipway plan VERSION --layout DIR",
      ],
    },
  );
}

async function openGiven(directory: string): Promise<OpenedImage> {
  const layout = await openLayout(directory);
  const tree = await readTree(layout.root, layout);
  const root = storedIn(tree, tree.root);
  if (root === undefined) throw new Error("a tree without its root");
  const { annotations } = parseManifest(root.bytes, root.mediaType);
  const entries = await entriesOf(layout, tree, root.bytes, root.mediaType);
  const platforms = entries.flatMap(({ platform }) => platform ?? []);
  return { directory, digest: tree.root, annotations, platforms, entries, layout, tree };
}

/** A bare manifest does not say its platform; its config does. */
async function entriesOf(
  layout: Layout,
  tree: Tree,
  bytes: Buffer,
  type: string,
): Promise<readonly Entry[]> {
  const parsed = parseManifest(bytes, type);
  if (parsed.kind === "index") {
    const raw: { manifests: readonly Record<string, unknown>[] } = JSON.parse(
      bytes.toString("utf8"),
    );
    return parsed.manifests.map((entry, at) => ({
      platform: entry.platform && !isAttestation(entry) ? formatPlatform(entry.platform) : null,
      descriptor: raw.manifests[at] ?? {},
    }));
  }
  const platform = canonicalPlatform((await platformAlone(tree, layout)) ?? "unknown/unknown");
  const [os, architecture, variant] = platform.split("/");
  const { mediaType, digest, size } = { ...layout.root, mediaType: parsed.mediaType };
  const runsOn = { architecture, os, ...(variant && { variant }) };
  return [{ platform, descriptor: { mediaType, digest, size, platform: runsOn } }];
}
