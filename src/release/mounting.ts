import { parseEcrHost } from "../oci/reference.ts";
import { answered, unlessFailed } from "./denied.ts";
import type { Mounting, TargetFacts } from "./observed.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

type Wish = Pick<Request, "repository" | "image">;

/**
 * Whether layers can be mounted at a target: from the repositories of `repository.mountFrom`, and from those of
 * `bases` (`HOST/REPOSITORY`) that are in its registry. Asked only where there is one of either. The setting can
 * be read for the caller's own account alone; in another account layers are uploaded. Where nobody asked for mounting
 * and it cannot be had, nothing is said.
 */
export async function observeMounting(
  facts: TargetFacts,
  { repository: { mountFrom }, image }: Wish,
  bases: readonly string[],
  world: Pick<World, "ecr">,
): Promise<Pick<TargetFacts, "mounting">> {
  if (facts.refused) return {};
  const found = (await basesIn(facts, bases, world)).filter((name) => name !== image);
  const from = [...new Set([...mountFrom, ...found])];
  if (mountFrom.length > 0) return { mounting: await mountingAt(facts, from, world) };
  if (from.length === 0) return {};
  const mounting = await unlessFailed(mountingAt(facts, from, world));
  return mounting?.state === "on" ? { mounting } : {};
}

async function mountingAt(
  { account, request: target }: TargetFacts,
  from: readonly string[],
  { ecr }: Pick<World, "ecr">,
): Promise<Mounting> {
  const asked = ecr(target);
  const isOwn = target.account === undefined || (await asked.identity()).account === account;
  if (!isOwn) return { state: "off" };
  const found = await answered(asked.mountsBlobs());
  if (found.denied) return { state: "unknown", denied: found.denied };
  return found.answer ? { state: "on", from } : { state: "off" };
}

/** The repositories of base images that are in a target's registry. */
async function basesIn(
  facts: TargetFacts,
  bases: readonly string[],
  world: Pick<World, "ecr">,
): Promise<string[]> {
  const named = bases.map((base) => {
    const slash = base.indexOf("/");
    return { host: base.slice(0, slash), name: base.slice(slash + 1) };
  });
  const own = await hostOf(facts, named, world);
  return named.flatMap(({ host, name }) => (isHostOf(facts, host, own) ? [name] : []));
}

/** ECR's own hosts say whose they are; that of another endpoint only ECR tells. */
function isHostOf({ account, region }: TargetFacts, host: string, own: string | undefined) {
  const ecr = parseEcrHost(host);
  return host === own || (ecr?.account === account && ecr.region === region);
}

/**
 * The registry's host. While there is no repository, it comes with a token, which a release needs anyhow. Asked only
 * where a base is at a host with a port: ECR itself has no such host, a local ECR does.
 */
async function hostOf(
  { repository, request }: TargetFacts,
  named: readonly { readonly host: string }[],
  { ecr }: Pick<World, "ecr">,
): Promise<string | undefined> {
  if (repository) return repository.uri.split("/")[0];
  if (!named.some(({ host }) => hasPort(host))) return undefined;
  const token = await unlessFailed(ecr(request).token());
  return token && new URL(token.origin).host;
}

function hasPort(host: string): boolean {
  return /:\d+$/.test(host);
}
