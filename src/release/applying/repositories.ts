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

async function putMutability(
  carrying: Carrying,
  { target, filters }: StepOf<"put-tag-mutability">,
) {
  const { ecr, id } = ecrAt(carrying, target);
  await ecr.putTagMutability(id, "MUTABLE_WITH_EXCLUSION", filters);
  return "done" as const;
}
