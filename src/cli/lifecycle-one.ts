import { SlipwayError } from "../errors.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { isDigest, isTag, parseEcrHost, parseReference } from "../oci/reference.ts";
import { observeRepository, type RepositoryFacts } from "../retention/observe.ts";
import { readPresent } from "../retention/plan.ts";
import type { ScopeValues } from "./lifecycle-flags.ts";
import { choosePlaces } from "./lifecycle-scope.ts";
import type { Asking } from "./world.ts";

/** One repository, read, and the policy to look at it with. */
export interface OneRepository {
  readonly facts: RepositoryFacts;
  readonly policy: LifecyclePolicy;
  /** Whose policy it is. */
  readonly from: "flag" | "in place" | "slipway.yaml";
}

/**
 * Reads the one repository that the flags choose, at the first target. The policy is the one of the flag,
 * else the one in place, else that of slipway.yaml. Throws NOT_FOUND or USAGE when there is none.
 */
export async function readOne(
  flags: Pick<ScopeValues, "policy" | "repository" | "config" | "region" | "account" | "profile">,
  asking: Asking,
): Promise<OneRepository> {
  const { places, ecrOf } = await choosePlaces(flags, asking);
  const [place] = places;
  if (!place) throw new SlipwayError("USAGE", "no repository is chosen");
  const facts = await observeRepository(place, ecrOf(place.request));
  if (!facts.exists) {
    throw new SlipwayError(
      "NOT_FOUND",
      `repository ${facts.repository} does not exist at ${facts.id}`,
    );
  }
  const asked = place.policy ?? undefined;
  if (flags.policy !== undefined && asked) return { facts, policy: asked, from: "flag" };
  const { policy: present, mistakes } = readPresent(facts.stored?.text ?? null);
  if (mistakes.length > 0) throw unreadPolicy(facts, mistakes);
  if (present) return { facts, policy: present, from: "in place" };
  if (asked) return { facts, policy: asked, from: "slipway.yaml" };
  throw new SlipwayError("USAGE", `${facts.repository} at ${facts.id} has no lifecycle policy`, {
    suggestions: ["pass one: --policy lifecycle.json"],
  });
}

/** Another policy would tell of other fates than those that ECR brings about. */
function unreadPolicy(
  { repository, id }: RepositoryFacts,
  mistakes: readonly string[],
): SlipwayError {
  const lines = mistakes.map((mistake) => `\n  ${mistake}`).join("");
  return new SlipwayError(
    "LIFECYCLE_INVALID",
    `the policy in place of ${repository} at ${id} cannot be read by this Slipway:${lines}`,
    { suggestions: ["name the policy to look at: --policy lifecycle.json"] },
  );
}

export interface WantedImage {
  readonly tag?: string;
  readonly digest?: string;
  readonly repository?: string;
  readonly account?: string;
  readonly region?: string;
}

/** Takes `TAG`, a digest, or `[HOST/]REPOSITORY:TAG` or `…@DIGEST` apart. Throws USAGE. */
export function parseWantedImage(text: string): WantedImage {
  if (isDigest(text)) return { digest: text };
  if (isTag(text)) return { tag: text };
  const { host, repository, tag, digest } = parseReference(text);
  const ecr = host === undefined ? undefined : parseEcrHost(host);
  return {
    repository,
    ...(digest === undefined ? { tag: tag ?? "latest" } : { digest }),
    ...(ecr && { account: ecr.account, region: ecr.region }),
  };
}

/** The digest of the image that was meant. Throws NOT_FOUND, with the newest tags to choose from. */
export function findImage({ images, repository }: RepositoryFacts, wanted: WantedImage): string {
  const { digest, tag } = wanted;
  const found = images.find((image) =>
    digest === undefined ? image.tags.includes(tag ?? "latest") : image.digest === digest,
  );
  if (found) return found.digest;
  const newest = images.toSorted((a, b) => b.pushedAt - a.pushedAt).flatMap(({ tags }) => tags);
  throw new SlipwayError("NOT_FOUND", `${repository} has no image ${digest ?? tag}`, {
    suggestions: newest.length > 0 ? [`newest tags: ${newest.slice(0, 5).join(", ")}`] : [],
  });
}
