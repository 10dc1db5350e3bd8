import type { Ecr, ImageDetails, StoredPolicy } from "../ecr/types.ts";
import type { LifecycleImage } from "../lifecycle/image.ts";
import type { Digest } from "../oci/reference.ts";
import type { TargetRequest } from "../release/request.ts";
import type { Place } from "./places.ts";

/** A repository at one target, as it was read. */
export interface RepositoryFacts {
  readonly id: string;
  readonly repository: string;
  readonly account: string;
  readonly request: TargetRequest;
  readonly exists: boolean;
  /** Host and name of the repository, as image references write it; empty when it does not exist. */
  readonly uri: string;
  readonly stored: StoredPolicy | null;
  readonly images: readonly LifecycleImage[];
}

const statuses = { ACTIVE: "active", ARCHIVED: "archived", ACTIVATING: "activating" } as const;

/** Reads a repository's policy and all of its images, with what indexes list and referrers refer to. */
export async function observeRepository(place: Place, ecr: Ecr): Promise<RepositoryFacts> {
  const { repository, request, listed } = place;
  const { account: registryId } = request;
  const id = { name: repository, ...(registryId !== undefined && { registryId }) };
  const [found, stored, images] = await Promise.all([
    listed ?? ecr.repository(id),
    ecr.storedPolicy(id),
    observeImages(id, ecr),
  ]);
  const account = found?.registryId ?? registryId ?? (await ecr.identity()).account;
  return {
    id: `${account}/${request.region}`,
    repository,
    account,
    request,
    // A listed repository may be gone by now.
    exists: found !== undefined && images !== undefined,
    uri: found?.uri ?? "",
    stored: stored ?? null,
    images: images ?? [],
  };
}

async function observeImages(
  id: Parameters<Ecr["imageDetails"]>[0],
  ecr: Ecr,
): Promise<readonly LifecycleImage[] | undefined> {
  const details = await ecr.imageDetails(id);
  if (!details) return undefined;
  // An archived index protects nothing, and its manifest cannot be read.
  const indexes = details.filter(({ isIndex, status }) => isIndex && status === "ACTIVE");
  const digests = indexes.map(({ digest }) => digest);
  const children = digests.length > 0 ? await ecr.indexChildren(id, digests) : new Map();
  return details.map((image) => lifecycleImage(image, children));
}

function lifecycleImage(
  { status, isIndex: _, ...image }: ImageDetails,
  children: ReadonlyMap<Digest, readonly Digest[]>,
): LifecycleImage {
  return { ...image, status: statuses[status], children: children.get(image.digest) ?? [] };
}
