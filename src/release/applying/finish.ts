import type { Ecr, RepositoryId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { comparePolicy } from "../../lifecycle/compare.ts";
import { formatPolicy, type LifecyclePolicy } from "../../lifecycle/policy.ts";
import { answered } from "../denied.ts";
import { type Applying, ecrAt, type StepOf } from "./steps.ts";

/** Puts the policy of a step, where another one is in place. */
export async function putPolicy(applying: Applying, step: StepOf<"put-lifecycle-policy">) {
  const { ecr, id } = ecrAt(applying, step.target);
  if (await isInPlace(ecr, id, step.policy)) return "already" as const;
  await ecr.putLifecyclePolicy(id, formatPolicy(step.policy));
  return "done" as const;
}

/** Not to be allowed to read the policy is no reason not to put it. */
async function isInPlace(ecr: Ecr, id: RepositoryId, policy: LifecyclePolicy): Promise<boolean> {
  const asked = await answered(ecr.lifecyclePolicy(id));
  return !asked.denied && comparePolicy(policy, asked.answer ?? null).state === "same";
}

/** Writes the git tag of a release that is out; its failure says that the release itself is not in doubt. */
export async function gitTag({ plan, world }: Applying, { name, push }: StepOf<"git-tag">) {
  try {
    await world.git.createTag(name, plan.source.commit);
    if (push) await world.git.pushTag(name);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const published = `${plan.image} ${plan.version.value} is published everywhere; its git tag failed`;
    throw error.reworded(`${published}: ${error.message}`);
  }
  return "done" as const;
}
