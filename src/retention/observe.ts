import type { Ecr, StoredPolicy } from "../ecr/types.ts";
import { imageStatus, type LifecycleImage } from "../lifecycle/image.ts";
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
  /** What time it was at ECR when this was read, in milliseconds since 1970. */
  readonly at: number;
}

/** Reads a repository's policy and all of its images, with what indexes list and referrers refer to. */
export async function observeRepository(place: Place, ecr: Ecr): Promise<RepositoryFacts> {
  const { repository, request, listed } = place;
  const { account: registryId } = request;
  const id = { name: repository, ...(registryId !== undefined && { registryId }) };
  const [found, stored, images] = await Promise.all([
    listed ?? ecr.repository(id),
    ecr.storedPolicy(id),
    ecr.imageDetails(id),
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
    images: (images ?? []).map((image) => ({ ...image, status: imageStatus(image.status) })),
    at: ecr.now(),
  };
}
