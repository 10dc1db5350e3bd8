import type { RegistryToken } from "../ecr/types.ts";
import { openRegistry, type Registry } from "../oci/registry.ts";
import { watchFor } from "./event.ts";
import type { TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/**
 * The data plane of a repository at `uri` (host and name). The scheme is what ECR's own answer says,
 * so that a local ECR needs no special case. Blobs that the repositories `mountFrom` hold are mounted where they may be.
 */
export async function targetRegistry(
  target: TargetRequest,
  uri: string,
  { ecr, signal, agents, report }: Pick<World, "ecr" | "signal" | "agents" | "report">,
  mountFrom: readonly string[] = [],
): Promise<Registry> {
  const slash = uri.indexOf("/");
  const { token, pacePut } = ecr(target);
  const { protocol } = new URL((await token()).origin);
  return openRegistry({
    origin: `${protocol}//${uri.slice(0, slash)}`,
    repository: uri.slice(slash + 1),
    // What was refused is what was answered before: a token.
    credentials: (refused) => token(refused as RegistryToken | undefined),
    beforeManifest: pacePut,
    ...watchFor(target.region, report),
    signal,
    agents,
    mountFrom,
  });
}
