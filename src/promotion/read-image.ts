import type { FoundManifest, RepositoryId } from "../ecr/types.ts";
import type { StoredManifest } from "../oci/content.ts";
import { gathered } from "../oci/gathered.ts";
import { mediaTypes } from "../oci/manifest.ts";
import { once } from "../oci/once.ts";
import { type Digest, wholeDigest } from "../oci/reference.ts";
import { type Reading, readRoot, readTreeWith, type Tree } from "../oci/tree.ts";
import { platformAlone } from "../release/contents.ts";
import { renderTag } from "../release/planning/tags.ts";
import { parseVersion } from "../release/planning/version.ts";
import type { Problem } from "../release/problem.ts";
import { isRecordType } from "../release/receipt-artifact.ts";
import { targetRegistry } from "../release/target-registry.ts";
import type { World } from "../release/world.ts";
import {
  type Companion,
  type FoundImage,
  holderOf,
  type Place,
  type StoredAway,
} from "./observed.ts";
import { incomplete, missingProblem, storedAwayProblem } from "./problems.ts";
import type { ImageWish, PromotionRequest } from "./request.ts";

/** Promotion asks ECR, and a registry for the little that ECR does not tell; docker and git have no part in it. */
export type Outside = Pick<World, "ecr" | "signal" | "agents" | "report">;

/**
 * Reads an image with all that belongs to it; of one that `stays` in its repository the root alone, for nothing else
 * of it is needed there. Throws what the outside answers, NOT_FOUND for an image that is not whole.
 */
export async function readImage(
  wish: ImageWish,
  place: Place,
  stays: boolean,
  request: PromotionRequest,
  world: Outside,
  manifestAt: ManifestAt,
): Promise<FoundImage> {
  const digest = await digestOf(wish, place, request, world);
  const refused = (problem: Problem): FoundImage => ({ wish, problem });
  if (digest === undefined) return refused(missingProblem(wish, place));
  const summary = place.images.find((image) => image.digest === digest);
  if (summary && summary.status !== "ACTIVE") return refused(storedAwayProblem(place, summary));
  const root = await manifestAt(digest);
  if (root === undefined) return refused(missingProblem(wish, place));
  const belongings = { companions: [] as Companion[], archived: [] as StoredAway[] };
  const found = { wish, place, digest, stays, tags: summary?.tags ?? [], ...belongings };
  const alone = readRoot({ digest, mediaType: "" }, root);
  if (stays) return { ...found, tree: alone };
  const [tree, platform] = await Promise.all([
    readTreeWith(
      { digest, mediaType: "" },
      { manifest: async (one) => (await manifestAt(one.digest)) ?? lacking(place, one.digest) },
      belongingTo(place, world, belongings),
    ),
    platformOf(alone, place, world),
  ]);
  return { ...found, tree, ...(platform !== undefined && { platform }) };
}

async function digestOf(
  { image }: ImageWish,
  place: Place,
  request: PromotionRequest,
  world: Outside,
): Promise<Digest | undefined> {
  if ("digest" in image) return image.digest;
  if ("tag" in image) return taggedAs(place, image.tag, request)?.digest;
  const { ecr, id } = ecrAt(place, world);
  return wholeDigest(image.beginning, await ecr.digests(id), place.id);
}

/** A tag is meant as it stands; a version also as the tag that the templates make of it. */
function taggedAs(place: Place, tag: string, { templates }: PromotionRequest) {
  const version = parseVersion(tag);
  const facts = { commit: "", committedAt: "", branch: null, worktree: null };
  const asVersion =
    version === undefined
      ? []
      : templates.version.map((one) => renderTag(one, { ...facts, version }));
  return [tag, ...asVersion].map((name) => holderOf(place, name)).find(Boolean);
}

type ManifestAt = (digest: Digest) => Promise<StoredManifest | undefined>;

/** Manifests of a repository, each asked for once, and together those that are asked for at the same time. */
export function manifestsOf(place: Place, world: Outside): ManifestAt {
  const { ecr, id } = ecrAt(place, world);
  const ask = gathered<Digest, StoredManifest>(async (digests) => {
    const found = await ecr.manifests(
      id,
      digests.map((digest) => ({ digest })),
    );
    return new Map(found.map((one) => [one.digest, storedManifest(one)]));
  });
  return once(ask);
}

function lacking(place: Place, digest: Digest): never {
  throw incomplete(place, digest);
}

function storedManifest({ text, mediaType, digest }: FoundManifest): StoredManifest {
  return { bytes: Buffer.from(text), mediaType, digest };
}

/**
 * What refers to a digest, and what is tagged with its name, as cosign tags before OCI 1.1. To a record of slipway's
 * own nothing refers, and there are more of them with every release and promotion.
 */
function belongingTo(
  place: Place,
  world: Outside,
  belongings: { readonly companions: Companion[]; readonly archived: StoredAway[] },
): (digest: Digest) => Promise<Reading[]> {
  const { ecr, id } = ecrAt(place, world);
  const records = new Set<Digest>();
  return async (digest) => {
    if (records.has(digest)) return [];
    const referrers = await ecr.referrers(id, digest);
    for (const one of referrers) if (isRecordType(one.artifactType)) records.add(one.digest);
    const companions = companionsOf(digest, place);
    belongings.companions.push(...companions.map(({ tag, digest: of }) => ({ tag, digest: of })));
    const all = [...referrers, ...companions.map((one) => ({ ...one, mediaType: "" }))];
    belongings.archived.push(...all.filter(isArchived));
    return all.filter((one) => !isArchived(one));
  };
}

function isArchived({ status }: { readonly status: string }): boolean {
  return status !== "ACTIVE";
}

/** `sha256-….sig`, `.att`, `.sbom`, and the bare form of the OCI referrers tag schema. */
function companionsOf(digest: Digest, { images }: Place) {
  const name = digest.replace(":", "-");
  return images.flatMap(({ tags, digest: of, status }) =>
    tags
      .filter((tag) => tag === name || tag.startsWith(`${name}.`))
      .map((tag) => ({ tag, digest: of, status })),
  );
}

/** A chart or another artifact runs on nothing, and has a config of its own kind. */
const configTypes: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/** What an image that is no index runs on, which its config says. */
async function platformOf(tree: Tree, place: Place, world: Outside): Promise<string | undefined> {
  const types = tree.nodes.flatMap(({ blobs }) => blobs.map(({ mediaType }) => mediaType));
  if (!types.some((type) => configTypes.includes(type))) return undefined;
  const registry = () => targetRegistry(place.request, place.repository?.uri ?? "", world);
  return await platformAlone(tree, { blob: async (blob) => (await registry()).blob(blob) });
}

/** The ECR of a place, and its repository as ECR is asked about it. */
export function ecrAt({ request, account, name }: Place, world: Pick<World, "ecr">) {
  const id: RepositoryId = { name, registryId: account };
  return { ecr: world.ecr(request), id };
}
