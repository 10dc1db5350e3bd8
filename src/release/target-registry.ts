import { openRegistry, type Registry } from "../oci/registry.ts";
import type { TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/**
 * The data plane of a repository at `uri` (host and name). The scheme is what ECR's own answer says,
 * so that a local ECR needs no special case.
 */
export async function targetRegistry(
  target: TargetRequest,
  uri: string,
  { ecr, signal, agents }: Pick<World, "ecr" | "signal" | "agents">,
): Promise<Registry> {
  const slash = uri.indexOf("/");
  const { protocol } = new URL((await ecr(target).token()).origin);
  return openRegistry({
    origin: `${protocol}//${uri.slice(0, slash)}`,
    repository: uri.slice(slash + 1),
    credentials: () => ecr(target).token(),
    signal,
    agents,
  });
}
