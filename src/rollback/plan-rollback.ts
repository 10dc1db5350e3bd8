import type { Digest } from "../oci/reference.ts";
import { archivedProblem } from "../release/archived.ts";
import type { Note } from "../release/plan.ts";
import { digestOfTag, knownVersions } from "../release/planning/subject.ts";
import { formOf } from "../release/planning/tag-form.ts";
import { versionsOfTags } from "../release/planning/tags.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { Problem } from "../release/problem.ts";
import { whatEndsRecords } from "../release/record-lifetime.ts";
import { heldBelow } from "../release/rolled-back.ts";
import { chooseGoals, type Goal } from "./choose.ts";
import {
  type Asked,
  candidatesOf,
  isSamePlace,
  placeName,
  placesAt,
  type RollbackFacts,
  type RollbackRequest,
  someOf,
  versionsOfLine,
} from "./facts.ts";
import { lockedProblems } from "./locked.ts";
import { isRolledBack, isThere, type RollbackPlan, type RollbackTarget } from "./plan.ts";

/**
 * Plans a rollback from what was asked for and what was seen; pure. All obstacles are in `problems`. The tag is
 * held below the highest version of its line, or what an earlier rollback held it below: no release that there
 * was moves it again.
 */
export function planRollback(
  request: RollbackRequest,
  asked: Asked,
  seen: readonly RollbackFacts[],
): RollbackPlan {
  const { tag } = request;
  const goals = chooseGoals(request, asked, seen);
  const newerThan = newerThanOf(tag, asked, seen);
  const targets = heldTogether(
    { tag, newerThan },
    seen,
    seen.map((facts, at) => targetOf(tag, asked, facts, goals[at] as Goal)),
  );
  const fixed = fixedProblem(tag, asked);
  const problems = fixed
    ? [fixed]
    : [
        ...seen.flatMap((facts, at) => problemsAt(tag, asked, facts, goals[at] as Goal, seen)),
        ...disagreement(tag, targets),
      ];
  const candidates = candidatesOf(tag, asked, seen);
  return {
    format: 1,
    image: asked.image,
    tag,
    targets,
    newerThan,
    candidates,
    notes: [
      ...(problems.length > 0 ? [] : alreadyNotes(request, targets, candidates)),
      ...targets.flatMap((target, at) => recordNotes(target, seen[at])),
    ],
    problems,
  };
}

/** Who asks a second time may have meant further back, and is told how that is said. */
function alreadyNotes(
  { tag, to }: RollbackRequest,
  targets: readonly RollbackTarget[],
  candidates: readonly string[],
): Note[] {
  const [first] = targets;
  if (to !== undefined || !first?.to || !isRolledBack({ targets })) return [];
  const [there, place] =
    candidates.length > 0 ? [`, to one of ${someOf(candidates)}`, "VERSION"] : ["", "sha256:…"];
  const message = `${tag} was rolled back already, to ${placeName(first.to)}`;
  const remedy = `further back, or forward again${there}: slipway rollback ${tag} --to ${place}`;
  return [{ code: "ROLLED_BACK_ALREADY", message, remedy }];
}

/** The record goes with its image; a rule for untagged images may take it earlier. */
function recordNotes(target: RollbackTarget, facts: RollbackFacts | undefined): Note[] {
  const { id, to, toHoldBelow } = target;
  if (to === null || (isThere(target) && toHoldBelow === undefined)) return [];
  const ending = facts?.policy === undefined ? undefined : whatEndsRecords(facts.policy);
  if (ending === undefined) return [];
  const message = `${ending}: without its record a release of any version may move the tag again`;
  return [{ code: "RECORD_EXPIRES", target: id, message }];
}

function targetOf(tag: string, asked: Asked, facts: RollbackFacts, goal: Goal): RollbackTarget {
  const { id, account, request, repository, images } = facts.target;
  const at = digestOfTag(images, tag);
  const placeOf = placesAt(tag, asked, facts);
  return {
    ...{ id, account, request, uri: repository?.uri ?? null },
    from: at === undefined ? null : placeOf(at),
    to: "problem" in goal ? null : placeOf(goal.digest),
    because: "problem" in goal ? "" : goal.because,
  };
}

/**
 * A target that the tag never left, such as one that the bad version has not reached, is held like those that it goes
 * back at: else the re-run that brings the bad version there would move it.
 */
function heldTogether(
  { tag, newerThan }: Pick<RollbackPlan, "tag" | "newerThan">,
  seen: readonly RollbackFacts[],
  targets: readonly RollbackTarget[],
): readonly RollbackTarget[] {
  const held = seen.map(({ records }) => heldBelow(tag, records));
  const below = targets.every(isThere) ? highestOf(held) : newerThan;
  if (below === null) return targets;
  const isLower = (version?: string) =>
    version === undefined || compareVersions(version, below) < 0;
  return targets.map((target, at) => {
    const isOpen = isThere(target) && isLower(target.to?.versions.at(-1)) && isLower(held[at]);
    return isOpen ? { ...target, toHoldBelow: below } : target;
  });
}

function highestOf(versions: readonly (string | undefined)[]): string | null {
  return (
    versions
      .flatMap((version) => version ?? [])
      .sort(compareVersions)
      .at(-1) ?? null
  );
}

/** The version that only a newer one may follow. */
function newerThanOf(tag: string, asked: Asked, seen: readonly RollbackFacts[]): string | null {
  const versions = seen.flatMap((facts) => {
    const [highest] = versionsOfLine(tag, asked, facts);
    return [highest, heldBelow(tag, facts.records)];
  });
  return highestOf(versions);
}

function problemsAt(
  tag: string,
  asked: Asked,
  facts: RollbackFacts,
  goal: Goal,
  seen: readonly RollbackFacts[],
): Problem[] {
  const { target, missing } = facts;
  const { id, refused, repository, images } = target;
  if (refused) return [refused];
  if (repository === null) {
    const message = "the repository does not exist";
    const remedy = "check --image, --region and --account";
    return [{ code: "REPOSITORY_MISSING", target: id, message, remedy }];
  }
  if ("problem" in goal) return [{ ...goal.problem, target: id }];
  const found = images.find(({ digest }) => digest === goal.digest);
  if (found && found.status !== "ACTIVE") {
    const stored = { ...found, registry: target, repository: asked.image };
    return [archivedProblem(`the image to go back to, ${goal.digest},`, stored, id)];
  }
  return [
    ...(digestOfTag(images, tag) === goal.digest ? [] : lockedProblems(tag, target)),
    ...incomplete(id, goal.digest, missing, bringing(goal.digest, asked, facts, seen)),
  ];
}

function incomplete(
  id: string,
  digest: Digest,
  missing: readonly string[] = [],
  bringing: string | undefined,
): Problem[] {
  if (missing.length === 0) return [];
  const some = missing.slice(0, 3).join(", ");
  const isGone = missing.includes(digest);
  const what = isGone ? "is not there" : `lacks ${some}${missing.length > 3 ? " …" : ""}`;
  const message = `the image to go back to, ${digest}, ${what}`;
  const anew = "release that version again, from its commit: it uploads what is missing";
  return [{ code: "IMAGE_INCOMPLETE", target: id, message, remedy: (isGone && bringing) || anew }];
}

/** The command that brings an image from another target that has it under a version; it needs no commit. */
function bringing(
  digest: Digest,
  asked: Asked,
  { target: { id } }: RollbackFacts,
  seen: readonly RollbackFacts[],
): string | undefined {
  for (const { target, missing = [] } of seen) {
    const images = target.images.filter((one) => one.digest === digest && one.status === "ACTIVE");
    const [tag] = knownVersions(asked, { images }).values();
    if (target.id === id || tag === undefined || missing.length > 0) continue;
    return `slipway promote ${asked.image}:${tag} --from ${target.id} --to ${id}`;
  }
  return undefined;
}

/** Targets that would end with different images are not what a release leaves. */
function disagreement(tag: string, targets: readonly RollbackTarget[]): Problem[] {
  const [first, ...others] = targets.flatMap(({ to }) => to ?? []);
  if (first === undefined || others.every((other) => isSamePlace(first, other))) return [];
  const said = targets.map(({ id, to }) => `${id} to ${to?.versions.at(-1) ?? to?.digest}`);
  const message = `${tag} would go to different images: ${said.join(", ")}`;
  return [{ code: "PREDECESSOR_AMBIGUOUS", message, remedy: "name one: --to VERSION" }];
}

/** Version and commit tags are promises. */
function fixedProblem(tag: string, { tags }: Asked): Problem | undefined {
  const isVersion = tags.version.some((template) => versionsOfTags([tag], [template]).size > 0);
  const isCommit = tags.commit.some((template) => formOf(template, "commit").test(tag));
  if (!isVersion && !isCommit) return undefined;
  const message = `${tag} is a ${isVersion ? "version" : "commit"} tag, which never moves`;
  return { code: "TAG_FIXED", message, remedy: "roll back a floating tag, such as latest" };
}
