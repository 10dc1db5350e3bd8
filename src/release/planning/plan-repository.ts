import type { Repository } from "../../ecr/types.ts";
import type { TargetFacts } from "../observed.ts";
import type { Note, Step } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { RepositorySettings, Request } from "../request.ts";
import {
  isLocked,
  newRepository,
  settingCommand,
  usualSetting,
  widenedFilters,
} from "./mutability.ts";
import type { Subject } from "./subject.ts";
import { isFixed, type WantedTag } from "./tags.ts";

/** What a release does about the repository at one target, and what stands in its way. */
export interface RepositoryPlan {
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/**
 * An absent repository is made when that is asked for; an existing one is as it is, or in the way. What is to be
 * locked there is told by `lines`, where not all tags of a release are written.
 */
export function planRepository(
  { repository: settings, image }: Pick<Request, "repository" | "image">,
  { tags, lines = tags }: Pick<Subject, "tags"> & { readonly lines?: Subject["tags"] },
  {
    id,
    account,
    region,
    repository,
  }: Pick<TargetFacts, "id" | "account" | "region" | "repository">,
): RepositoryPlan {
  // How its tags are locked is not known: ECR will say so when one of them may not move.
  if (repository && !("mutability" in repository)) return { steps: [], notes: [], problems: [] };
  if (repository) return planExisting(settings, { tags, lines }, { id, region }, repository);
  if (!settings.create) {
    const remedy = `aws ecr create-repository --registry-id ${account} --region ${region} --repository-name ${image}\nor set repository.create: true (--create-repository)`;
    const message = `repository ${image} does not exist`;
    const problem: Problem = { code: "REPOSITORY_MISSING", target: id, message, remedy };
    return { steps: [], notes: [], problems: [problem] };
  }
  const made = newRepository(settings, lines);
  const locks = made.mutabilityExclusions.join(", ");
  const because = `it does not exist${locks && settings.mutability === undefined ? `; ${locks} will be immutable, floating tags stay free` : ""}`;
  return {
    steps: [{ action: "create-repository", target: id, settings: made, because }],
    notes: noLockNotes(id, made),
    problems: lockedProblems(id, made, tags, leaveToSlipway),
  };
}

const leaveToSlipway =
  "leave repository.mutability out: versions and commits are locked then, and floating tags free";

/** An existing repository stays as it is, but for the filter of a new major where a release chose the filters. */
function planExisting(
  settings: RepositorySettings,
  { tags, lines }: Readonly<Record<"tags" | "lines", readonly WantedTag[]>>,
  { id, region }: Pick<TargetFacts, "id" | "region">,
  repository: Repository,
): RepositoryPlan {
  const filters = settings.mutability === undefined ? widenedFilters(repository, lines) : undefined;
  const before = repository.mutabilityExclusions;
  const freed = before.filter((filter) => !filters?.includes(filter));
  const unlocked =
    freed.length > 0 ? `; ECR takes 5, so ${freed.join(", ")} is locked no more` : "";
  const because = `its filters lock ${before.join(", ")} and not yet this release's tags${unlocked}`;
  return {
    steps: filters ? [{ action: "put-tag-mutability", target: id, filters, before, because }] : [],
    notes: noLockNotes(id, repository),
    problems: lockedProblems(
      id,
      repository,
      tags,
      // As a repository that a release makes: versions and commits alone are locked.
      settingCommand(region, repository, usualSetting(lines)),
    ),
  };
}

function noLockNotes(target: string, { mutability }: Parameters<typeof isLocked>[0]): Note[] {
  if (mutability !== "MUTABLE") return [];
  const message =
    "tag mutability is MUTABLE: ECR does not lock version tags, slipway looks before it writes them";
  return [{ code: "NO_TAG_LOCK", target, message }];
}

function lockedProblems(
  id: string,
  setting: Parameters<typeof isLocked>[0],
  tags: readonly WantedTag[],
  way: string,
): Problem[] {
  const locked = tags.filter((wanted) => !isFixed(wanted) && isLocked(setting, wanted.tag));
  if (locked.length === 0) return [];
  const names = [...new Set(locked.map(({ tag }) => tag))].join(", ");
  return [
    {
      code: "FLOATING_TAG_LOCKED",
      target: id,
      message: `tag mutability ${setting.mutability} would lock the floating tags ${names}`,
      remedy: `${way}\nor leave them out of tags.floating`,
    },
  ];
}
