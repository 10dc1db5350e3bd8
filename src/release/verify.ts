import type { ImageSummary } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { archivedRemedy, type StoredImage } from "./archived.ts";
import { attemptTargets } from "./attempts.ts";
import type { TargetFacts } from "./observed.ts";
import { type Attempt, allAnswered, isPartlyAnswered, whyUnreached } from "./only-target.ts";
import type { Note } from "./plan.ts";
import { renderVersion } from "./planning/tags.ts";
import type { Problem } from "./problem.ts";
import type { ReleasedPlatform } from "./receipt.ts";
import type { Request } from "./request.ts";
import { rolledBackAt } from "./rolled-back.ts";
import { agreementChecks, disagree, referrerChecks } from "./verifying/agreement.ts";
import {
  attestationChecks,
  type Check,
  contentCheck,
  platformChecks,
  policyChecks,
  signatureChecks,
  statementChecks,
  versionTagChecks,
} from "./verifying/checks.ts";
import { type FloatingTag, floatingCheck, floatingTags, standsAt } from "./verifying/floating.ts";
import { floatingAgreement } from "./verifying/floating-agreement.ts";
import { lookAt, type SeenImage, type SeenReferrer } from "./verifying/look.ts";
import { type GitTag, revisionChecks } from "./verifying/revision.ts";
import type { World } from "./world.ts";

export interface VerifiedTarget {
  readonly id: string;
  readonly digest: Digest | null;
  readonly revision: string | null;
  readonly platforms: readonly ReleasedPlatform[];
  readonly attestations: number;
  readonly referrers: readonly SeenReferrer[];
  readonly floating: readonly FloatingTag[];
  readonly checks: readonly Check[];
}

/** The proof of a release, or what is missing from it. */
export interface Verification {
  readonly format: 1;
  readonly image: string;
  readonly version: string;
  readonly holds: boolean;
  readonly targets: readonly VerifiedTarget[];
  /** What is worth knowing and no matter of this version. */
  readonly notes: readonly Note[];
}

/** A release that is looked at. */
interface Subject {
  readonly request: Request;
  readonly version: string;
  readonly gitTag: GitTag;
}

/**
 * Proves a release as it stands in the registries now: the version tag, one digest everywhere, not archived, all
 * platforms and attestations, every manifest and blob, the commit that all of them name, the floating tags of its
 * lines, what refers to it, the lifecycle policy. Changes nothing. What does not hold is in the answer, not an error.
 */
export async function verifyRelease(
  request: Request,
  version: string,
  world: Pick<World, "ecr" | "git" | "signal" | "report">,
): Promise<Verification> {
  const [attempts, gitTag] = await Promise.all([
    attemptTargets(request, world),
    gitTagOf(`${request.tags.gitPrefix}${version}`, world),
  ]);
  const subject = { request, version, gitTag };
  const verified = await verifyEach(subject, attempts, world);
  const seen = verified.filter(({ unreached }) => unreached === undefined);
  const about = { image: request.image, version, isInDoubt: isInDoubt(seen) };
  const { checks, notes } = floatingAgreement(about, seen);
  const named = { repository: request.image, tag: versionTag(request, version) };
  const between = [...agreementChecks(named, seen), ...checks];
  const targets = verified.map(({ unreached, ...target }, at) => {
    const facts = attempts[at]?.facts;
    if (unreached !== undefined || facts === undefined) return target;
    const own = [
      ...target.floating.map((one) => floatingCheck(about, target.id, one)),
      ...(target.digest === null ? [] : policyChecks(request, facts)),
      ...referrerChecks({ ...named, registry: facts }, target, seen),
    ];
    return { ...target, checks: [...target.checks, ...own, ...between] };
  });
  const holds = targets.every(({ checks }) => checks.every((check) => check.holds));
  return { format: 1, image: request.image, version, holds, targets, notes };
}

/** Whether the version's tag may stand at an image that is another, or not whole: no floating tag should follow it there. */
function isInDoubt(targets: readonly VerifiedTarget[]): boolean {
  const isWrong = targets.some(({ checks }) =>
    checks.some(({ name, holds }) => (name === "revision" || name === "content") && !holds),
  );
  return isWrong || disagree(targets);
}

function versionTag({ tags: { version: templates } }: Request, version: string): string {
  return renderVersion(templates[0] ?? "{version}", version);
}

async function gitTagOf(name: string, { git }: Pick<World, "git">): Promise<GitTag> {
  return { name, commit: (await git.commitOf(name)) ?? null };
}

const storageWords: Readonly<Record<ImageSummary["status"], string>> = {
  ACTIVE: "active",
  ARCHIVED: "archived",
  ACTIVATING: "being restored from the archive",
};

function storageCheck(image: StoredImage): Check {
  const found = storageWords[image.status];
  if (image.status === "ACTIVE") return { name: "storage", holds: true, found };
  return { name: "storage", holds: false, found, remedy: archivedRemedy(image) };
}

const nothing = {
  ...{ digest: null, revision: null, platforms: [], attestations: 0, referrers: [] },
  floating: [],
};

type Verifying = VerifiedTarget & Pick<Attempt, "unreached">;

/** A target that does not answer is told of beside those that do. Throws what keeps all of them from it. */
async function verifyEach(
  subject: Subject,
  attempts: readonly Attempt[],
  world: Pick<World, "ecr" | "signal" | "report">,
): Promise<Verifying[]> {
  const settled = await Promise.allSettled(
    attempts.map(async ({ facts, error }) => {
      if (error !== undefined) throw error;
      return await verifyTarget(subject, facts, world);
    }),
  );
  if (!isPartlyAnswered(settled)) return allAnswered(settled);
  return settled.map((one, at) => {
    if (one.status === "fulfilled") return one.value;
    const unreached = whyUnreached(one.reason);
    const name = one.reason.code === "ACCESS_DENIED" ? "permission" : "reached";
    const checks = [{ name, holds: false, found: unreached }];
    return { ...nothing, id: attempts[at]?.facts.id ?? "", checks, unreached };
  });
}

async function verifyTarget(
  subject: Subject,
  facts: TargetFacts,
  world: Pick<World, "ecr" | "signal" | "report">,
): Promise<VerifiedTarget> {
  const { request, version } = subject;
  const { id, refused, repository, unlisted } = facts;
  const alone = (name: string, found: string) => ({
    ...nothing,
    id,
    checks: [{ name, holds: false, found }],
  });
  if (refused) return alone(topicOf(refused), refused.message);
  if (unlisted) return alone("permission", unlisted.message);
  if (repository === null) return alone("repository", "it does not exist");
  const [tag = "", ...more] = request.tags.version.map((one) => renderVersion(one, version));
  const image = facts.images.find(({ tags }) => tags.includes(tag));
  if (image === undefined) return alone(`tag ${tag}`, "it does not exist");
  const { digest, status } = image;
  const isActive = status === "ACTIVE";
  const seen = isActive
    ? await lookAt(digest, { ...facts, uri: repository.uri, name: request.image }, world)
    : undefined;
  const wanted = floatingTags(request, version);
  const rolledBack = await rolledBackAt(facts, wanted, [], request, world);
  const floating = wanted.map((one) => standsAt(request, one, facts, rolledBack));
  return {
    ...nothing,
    id,
    digest,
    ...(seen && !(seen instanceof SlipwayError) && partOf(seen)),
    floating,
    checks: [
      { name: `tag ${tag}`, holds: true, found: digest },
      ...versionTagChecks(more, digest, facts),
      storageCheck({ digest, status, registry: facts, repository: request.image }),
      ...imageChecks(subject, seen),
    ],
  };
}

function topicOf({ code }: Problem): string {
  return code === "WRONG_ACCOUNT" ? "account" : "permission";
}

function partOf({ revisions, platforms, attestations, referrers }: SeenImage) {
  return { revision: revisions.annotation, platforms, attestations, referrers };
}

/** None for an image in the archive, which cannot be pulled. */
function imageChecks({ request, gitTag }: Subject, seen: SeenImage | SlipwayError | undefined) {
  if (seen === undefined) return [];
  if (seen instanceof SlipwayError) return [{ name: "content", holds: false, found: seen.message }];
  return [
    ...platformChecks(request, seen.platforms),
    ...attestationChecks(request, seen.attestations),
    ...statementChecks(request, seen),
    ...signatureChecks(request, seen),
    contentCheck(seen),
    ...revisionChecks(request, seen.revisions, gitTag),
  ];
}
