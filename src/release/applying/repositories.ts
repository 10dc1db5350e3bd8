import { SlipwayError } from "../../errors.ts";
import { answered } from "../denied.ts";
import { type Carrying, each, ecrAt, type StepOf, targetOf } from "./steps.ts";

/** Makes the repositories that are absent, and locks the tags that an existing one does not lock yet. */
export async function prepareRepositories(carrying: Carrying): Promise<void> {
  await each(carrying, "create-repository", (step) => createRepository(carrying, step));
  await each(carrying, "put-tag-mutability", (step) => putMutability(carrying, step));
}

async function createRepository(carrying: Carrying, step: StepOf<"create-repository">) {
  const target = targetOf(carrying, step.target);
  const { ecr, id } = ecrAt(carrying, step.target);
  const asked = await answered(ecr.repository(id));
  const existing = asked.denied ? undefined : asked.answer;
  const { uri } = existing ?? (await ecr.createRepository(id, step.settings));
  carrying.targets.set(target.id, { ...target, uri });
  return existing ? ("already" as const) : ("done" as const);
}

/**
 * Other people may have changed the setting since the plan was made, or since it was first applied: what they locked
 * stays locked. Throws PLAN_STALE.
 */
async function putMutability(
  carrying: Carrying,
  { target, filters, before }: StepOf<"put-tag-mutability">,
) {
  const { ecr, id } = ecrAt(carrying, target);
  const { mutability, mutabilityExclusions: now = [] } = (await ecr.repository(id)) ?? {};
  const isAsMade = mutability === "MUTABLE_WITH_EXCLUSION";
  const added = filters.filter((filter) => !before.includes(filter));
  if (isAsMade && added.every((filter) => now.includes(filter))) return "already" as const;
  const isAsPlanned = now.length === before.length && before.every((one) => now.includes(one));
  if (!isAsMade || !isAsPlanned) {
    const set = [mutability ?? "gone", ...now].join(" ");
    throw new SlipwayError(
      "PLAN_STALE",
      `${target}: tag mutability was MUTABLE_WITH_EXCLUSION ${before.join(" ")} and is now ${set}`,
      { suggestions: ["run the same command again, without --plan: it plans anew"] },
    );
  }
  await ecr.putTagMutability(id, "MUTABLE_WITH_EXCLUSION", filters);
  return "done" as const;
}
