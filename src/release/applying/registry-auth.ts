import { type BuildSpec, sourcesOf } from "../../docker/build-spec.ts";
import type { RegistryAuth } from "../../docker/registry-auth.ts";
import { parseEcrHost } from "../../oci/reference.ts";
import type { PlanTarget } from "../plan.ts";
import type { TargetRequest } from "../request.ts";
import type { World } from "../world.ts";

/** A host that a build pulls from or keeps its cache at, and who to be there. */
interface Host {
  readonly host: string;
  readonly target: TargetRequest;
}

/** Looked for where a word begins: else a long word without a slash is read again from each of its letters. */
const hostForm = /(?<![a-zA-Z0-9.-])[.-]*([a-zA-Z0-9][a-zA-Z0-9.-]*\.[a-z]{2,})(?=\/)/g;

/** A registry that a build may pull from, as far as it is known before anything is asked. */
export type BuildTarget = Pick<PlanTarget, "region" | "request" | "uri">;

/** Logins for the ECR registries that a build mentions; none is asked for when it mentions none. */
export async function registryAuth(
  spec: BuildSpec,
  targets: readonly BuildTarget[],
  world: Pick<World, "ecr" | "docker">,
): Promise<RegistryAuth[]> {
  const sources = sourcesOf(spec);
  const read = await Promise.all(sources.map((source) => world.docker.dockerfile(source)));
  const dockerfiles = read.filter((text) => text !== undefined).join("\n");
  return await Promise.all(
    mentionedHosts(spec, dockerfiles, targets).map(async ({ host, target }) => {
      const { username, password } = await world.ecr(target).token();
      return { host, username, password };
    }),
  );
}

/** The targets' own hosts and any other ECR host in the Dockerfiles, cache references, contexts and arguments. */
export function mentionedHosts(
  spec: BuildSpec,
  dockerfiles: string,
  targets: readonly BuildTarget[],
): Host[] {
  const text = [
    dockerfiles,
    ...sourcesOf(spec).flatMap(({ cacheFrom, cacheTo, contexts, args }) => [
      ...cacheFrom,
      ...cacheTo,
      ...Object.values(contexts),
      ...Object.values(args),
    ]),
  ].join("\n");
  const own = targets.flatMap(({ uri, request }) => {
    const host = uri?.split("/")[0];
    return host && text.includes(`${host}/`) ? [{ host, target: request }] : [];
  });
  const mentioned = new Set([...text.matchAll(hostForm)].map(([, host = ""]) => host));
  const others = [...mentioned].flatMap((host) => {
    const region = parseEcrHost(host)?.region;
    if (region === undefined || own.some((known) => known.host === host)) return [];
    const neighbour = targets.find((target) => target.region === region);
    return [{ host, target: neighbour?.request ?? { region } }];
  });
  return [...own, ...others];
}
