import type { Repository } from "../ecr/types.ts";
import type { TargetFacts } from "../release/observed.ts";
import { freed, isLocked, noFilterLeft, settingCommand } from "../release/planning/mutability.ts";
import type { Problem } from "../release/problem.ts";

/** ECR would refuse to move the tag; where its settings may not be read, it says so itself. */
export function lockedProblems(
  tag: string,
  { id, region, repository }: Pick<TargetFacts, "id" | "region" | "repository">,
): Problem[] {
  if (repository === null || !("mutability" in repository)) return [];
  if (!isLocked(repository, tag)) return [];
  const { name, mutability, mutabilityExclusions: filters } = repository;
  const setting = filters.length === 0 ? mutability : `${mutability} (${filters.join(", ")})`;
  const message = `tag ${tag} cannot move: tag mutability ${setting} of repository ${name} locks it`;
  const remedy = remedyOf(tag, region, repository);
  return [{ code: "FLOATING_TAG_LOCKED", target: id, message, remedy }];
}

function remedyOf(tag: string, region: string, repository: Repository): string {
  const wanted = freed(repository, tag);
  if (wanted) return settingCommand(region, repository, wanted);
  return noFilterLeft(repository, tag);
}
