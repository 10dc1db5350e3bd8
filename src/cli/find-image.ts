import type { Ecr, ImageId, Repository } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { FoundImage } from "../inspection/read.ts";
import { openLayout } from "../oci/layout.ts";
import { once } from "../oci/once.ts";
import { type Digest, type ImageName, parseEcrHost, wholeDigest } from "../oci/reference.ts";
import { archivedProblem } from "../release/archived.ts";
import { renderVersion } from "../release/planning/tags.ts";
import { parseVersion } from "../release/planning/version.ts";
import { waysOut } from "../release/problem.ts";
import type { Request, TargetRequest } from "../release/request.ts";
import { targetRegistry } from "../release/target-registry.ts";
import type { World } from "../release/world.ts";
import { verifyAccounts } from "./expected.ts";
import { overridesOf } from "./flags.ts";
import { load } from "./load.ts";
import { openWorld, type WorldOptions } from "./world.ts";

type FlagValues = Parameters<typeof overridesOf>[0] & { readonly config?: string | undefined };

interface Surroundings {
  readonly flags: FlagValues;
  /** One for all images of a call: what is asked of an account and a region is asked once. */
  readonly open: (projectDir: string) => World;
}

/** Opens the world when it is first wanted, and that one from then on. */
export function openingOnce(options: Omit<WorldOptions, "projectDir">): Surroundings["open"] {
  return once(
    (projectDir) => openWorld({ ...options, projectDir }),
    () => "one for all",
  );
}

/**
 * The image that a name on the command line means, looked up where it says, else at the first target of
 * slipway.yaml. Throws NOT_FOUND, WRONG_ACCOUNT, USAGE, LAYOUT_INVALID, CONFIG_INVALID or what ECR answers.
 */
export async function findImage(name: ImageName, around: Surroundings): Promise<FoundImage> {
  if (name.kind !== "layout") return await inRegistry(name, around);
  const layout = await openLayout(name.directory);
  return {
    reference: `oci:${name.directory}@${layout.root.digest}`,
    root: layout.root,
    source: layout,
    referrers: async () => [],
  };
}

/** A tag or digest that stands alone beside an image in a repository is one of the same repository. */
export function nextTo(other: ImageName, first: ImageName): ImageName {
  if (first.kind !== "repository" || other.kind === "layout") return other;
  const { host, repository } = first.reference;
  const place = { ...(host !== undefined && { host }), repository };
  if (other.kind === "tag") return { kind: "repository", reference: { ...place, tag: other.tag } };
  if (other.kind === "repository") return other;
  if (other.kind === "beginning")
    return { kind: "repository", reference: place, beginning: other.beginning };
  return { kind: "repository", reference: { ...place, digest: other.digest } };
}

type RemoteName = Exclude<ImageName, { kind: "layout" }>;

async function inRegistry(name: RemoteName, { flags, open }: Surroundings) {
  const { request, projectDir } = await load(overridesOf(placed(name, flags)), flags.config, {
    needsBuild: false,
  });
  const [target] = request.targets;
  if (target === undefined) throw new SlipwayError("USAGE", "there is no target to look at");
  const world = open(projectDir);
  await verifyAccounts({ targets: [target], expectAccounts: request.expectAccounts }, world);
  const ecr = world.ecr(target);
  const id = {
    name: request.image,
    ...(target.account !== undefined && { registryId: target.account }),
  };
  const where = `${id.name} in ${[target.account, target.region].filter(Boolean).join("/")}`;
  const repository = await ecr.repository(id);
  if (repository === undefined) throw absent(`there is no repository ${where}`, strangerOf(name));
  checkHost(name, repository.uri);
  const wanted = await wantedId(name, request, () => ecr.digests(id), where);
  const [found] = await ecr.manifests(id, [wanted]).catch(async (error) => {
    throw await whyUnread(error, wanted, repository, target, ecr);
  });
  if (found === undefined) throw absent(`there is no ${Object.values(wanted)} of ${where}`);
  const { digest, mediaType } = found;
  return {
    reference: `${repository.uri}${"tag" in wanted ? `:${wanted.tag}` : ""}@${digest}`,
    root: { digest, mediaType },
    source: await targetRegistry(target, repository.uri, world),
    referrers: () => ecr.referrers(id, digest),
  };
}

/** The flags, overruled by what the name itself says of repository, region and account. */
function placed(name: RemoteName, flags: FlagValues): FlagValues {
  if (name.kind !== "repository") return flags;
  const { host, repository } = name.reference;
  const ecr = host === undefined ? undefined : parseEcrHost(host);
  return {
    ...flags,
    image: repository,
    ...(ecr && { region: [ecr.region], account: ecr.account }),
  };
}

/** A host that has not ECR's own form. */
function strangerOf(name: RemoteName): string | undefined {
  const host = name.kind === "repository" ? name.reference.host : undefined;
  return host === undefined || parseEcrHost(host) ? undefined : host;
}

/** A host that is not ECR's own form is good when ECR itself says it, as the local ECR does. */
function checkHost(name: RemoteName, uri: string): void {
  const host = strangerOf(name);
  const own = uri.slice(0, uri.indexOf("/"));
  if (host === undefined || host === own) return;
  throw new SlipwayError("USAGE", `'${host}' is not an ECR registry; the target's is ${own}`, {
    suggestions: ["name another target with --region and --account"],
  });
}

/** A version is meant by the tag that releases give it, the beginning of a digest by the one that begins so. */
async function wantedId(
  name: RemoteName,
  { tags }: Request,
  digests: () => Promise<readonly Digest[]>,
  where: string,
): Promise<ImageId> {
  const beginning = async (short: string) => {
    const digest = wholeDigest(short, await digests(), where);
    if (digest === undefined) throw absent(`there is no ${short}… of ${where}`);
    return { digest };
  };
  if (name.kind === "digest") return { digest: name.digest };
  if (name.kind === "beginning") return await beginning(name.beginning);
  if (name.kind === "repository") {
    const { digest, tag = "" } = name.reference;
    if (name.beginning !== undefined) return await beginning(name.beginning);
    return digest === undefined ? { tag } : { digest };
  }
  const version = parseVersion(name.tag);
  const [template = "{version}"] = tags.version;
  return { tag: version === undefined ? name.tag : renderVersion(template, version) };
}

/** An image in the archive is there and not given out. */
async function whyUnread(
  error: unknown,
  wanted: ImageId,
  { name, registryId, uri }: Repository,
  { region }: TargetRequest,
  ecr: Ecr,
): Promise<unknown> {
  if (!(error instanceof SlipwayError) || error.code !== "AWS_FAILED") return error;
  const images = await ecr.taggedImages({ name, registryId }).catch(() => []);
  const image = images.find(({ digest, tags }) =>
    "tag" in wanted ? tags.includes(wanted.tag) : digest === wanted.digest,
  );
  if (image === undefined || image.status === "ACTIVE") return error;
  const registry = { account: registryId, region };
  const shown = `${uri}${"tag" in wanted ? `:${wanted.tag}` : ""}@${image.digest}`;
  const stored = { ...image, registry, repository: name };
  const archived = archivedProblem(shown, stored, registryId);
  return error.reworded(archived.message, waysOut([archived]));
}

function absent(message: string, stranger?: string): SlipwayError {
  const suggestions = [
    ...(stranger === undefined
      ? []
      : [`ECR alone is read, and ${stranger} has not the form of its hosts`]),
    "check the name, and the region: --region REGION",
  ];
  return new SlipwayError("NOT_FOUND", message, { suggestions });
}
