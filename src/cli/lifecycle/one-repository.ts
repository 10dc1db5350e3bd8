import { SlipwayError } from "../../errors.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import {
  isBeginning,
  isDigest,
  isTag,
  parseEcrHost,
  parseNamed,
  wholeDigest,
} from "../../oci/reference.ts";
import { observeRepository, type RepositoryFacts } from "../../retention/observe.ts";
import { readPresent } from "../../retention/plan.ts";
import type { Asking } from "../world.ts";
import type { ScopeValues } from "./flags.ts";
import { choosePlaces } from "./scope.ts";

/** One repository, read, and the policy to look at it with. */
export interface OneRepository {
  readonly facts: RepositoryFacts;
  readonly policy: LifecyclePolicy;
  /** Whose policy it is. */
  readonly from: "flag" | "in place" | "slipway.yaml";
  /** Of how many targets this is the first. */
  readonly targets: number;
}

/** Where it was looked, and by which policy: what the answer is about. */
export function placeOf({ facts, from }: OneRepository) {
  return { repository: facts.repository, id: facts.id, policyFrom: from };
}

/** The same for people. */
export function placeText({ facts, from, targets }: OneRepository): string {
  const first = targets > 1 ? `, the first of ${targets} targets (--region names another)` : "";
  return `${facts.repository} at ${facts.id}${first}; policy: ${from}`;
}

/**
 * Reads the one repository that the flags choose, at the first target. The policy is the one of the flag,
 * else the one in place, else that of slipway.yaml. Throws NOT_FOUND or USAGE when there is none, and USAGE where the flags
 * name several.
 */
export async function readOne(
  flags: Pick<ScopeValues, "policy" | "repository" | "config" | "region" | "account" | "profile">,
  asking: Asking,
): Promise<OneRepository> {
  const { places, ecrOf } = await choosePlaces(flags, asking);
  const [place] = places;
  if (!place) throw new SlipwayError("USAGE", "no repository is chosen");
  verifyOne("repository", flags.repository);
  verifyOne("region", flags.region);
  const targets = places.length;
  const facts = await observeRepository(place, ecrOf(place.request));
  if (!facts.exists) {
    throw new SlipwayError(
      "NOT_FOUND",
      `repository ${facts.repository} does not exist at ${facts.id}`,
    );
  }
  const asked = place.policy ?? undefined;
  if (flags.policy !== undefined && asked) return { facts, policy: asked, from: "flag", targets };
  const { policy: present, mistakes } = readPresent(facts.stored?.text ?? null);
  if (mistakes.length > 0) throw unreadPolicy(facts, mistakes);
  if (present) return { facts, policy: present, from: "in place", targets };
  if (asked) return { facts, policy: asked, from: "slipway.yaml", targets };
  throw new SlipwayError("USAGE", `${facts.repository} at ${facts.id} has no lifecycle policy`, {
    suggestions: ["pass one: --policy lifecycle.json"],
  });
}

function verifyOne(flag: string, values: readonly string[] = []): void {
  const named = [...new Set(values)];
  if (named.length <= 1) return;
  const message = `--${flag}: one is looked at, and ${named.length} are named: ${named.join(", ")}`;
  throw new SlipwayError("USAGE", message, { suggestions: ["run the command once for each"] });
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
  /** Its beginning may do. */
  readonly digest?: string;
  readonly repository?: string;
  readonly account?: string;
  readonly region?: string;
}

/** Takes `TAG`, a digest or the short one that plans show, or `[HOST/]REPOSITORY:TAG` or `…@DIGEST` apart. Throws USAGE. */
export function parseWantedImage(text: string): WantedImage {
  if (isDigest(text) || isBeginning(text)) return { digest: text };
  if (isTag(text)) return { tag: text };
  const { reference, beginning } = parseNamed(text);
  const { host, repository, tag, digest = beginning } = reference;
  const ecr = host === undefined ? undefined : parseEcrHost(host);
  return {
    repository,
    ...(digest === undefined ? { tag: tag ?? "latest" } : { digest }),
    ...(ecr && { account: ecr.account, region: ecr.region }),
  };
}

/** The digest of the image that was meant. Throws NOT_FOUND, with the newest tags to choose from, or USAGE for one of several. */
export function findImage({ images, repository }: RepositoryFacts, wanted: WantedImage): string {
  const { digest, tag = "latest" } = wanted;
  const digests = images.map((image) => image.digest);
  const found =
    digest === undefined
      ? images.find(({ tags }) => tags.includes(tag))?.digest
      : wholeDigest(digest, digests, repository);
  if (found !== undefined) return found;
  const newest = images
    .toSorted((a, b) => b.pushedAt - a.pushedAt)
    .flatMap(({ tags }) => tags)
    .slice(0, 5);
  throw new SlipwayError("NOT_FOUND", `${repository} has no image ${digest ?? tag}`, {
    suggestions: [newest.length > 0 ? `newest tags: ${newest.join(", ")}` : "no image has a tag"],
  });
}
