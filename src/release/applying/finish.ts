import type { Ecr, RepositoryId } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { comparePolicy } from "../../lifecycle/compare.ts";
import { formatPolicy, type LifecyclePolicy } from "../../lifecycle/policy.ts";
import { answered } from "../denied.ts";
import type { Problem } from "../problem.ts";
import { refuseProblems } from "./refuse.ts";
import { type Applying, ecrAt, type StepOf, stepsOf } from "./steps.ts";

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

/**
 * Asks before anything is touched whether the git tags can be made here and pushed, so that no release is out and then
 * has none. Throws PLAN_REFUSED, and GIT_FAILED when they cannot be signed or origin would not take them.
 */
export async function checkGitTags(all: readonly Applying[]): Promise<void> {
  const steps = all.flatMap((one) =>
    stepsOf(one, "git-tag").map((step) => ({ ...step, ...one.plan.source, git: one.world.git })),
  );
  // Several images may share a git tag.
  for (const { name, push, commit, git } of new Map(steps.map((s) => [s.name, s])).values()) {
    const there = await git.commitOf(name);
    if (there !== undefined && there !== commit) refuseProblems([tagElsewhere(name, there)]);
    refuseProblems(await git.tagProblems({ creates: there === undefined, pushes: push }));
    const notBegun = (what: string) => (error: unknown) =>
      refuseLate(`${name} could not be ${what}`, error);
    if (there === undefined) await git.verifySigning().catch(notBegun("signed"));
    if (push) await git.verifyPush(name, commit).catch(notBegun("pushed"));
  }
}

/** Made since the plan was. */
function tagElsewhere(name: string, there: string): Problem {
  const message = `git tag ${name} points to ${there}, another commit than the plan's`;
  const remedy = `git show ${name}\nor release another version`;
  return { code: "GIT_TAG_ELSEWHERE", message, remedy };
}

/** What would go wrong when the release is out. */
function refuseLate(what: string, error: unknown): never {
  if (!(error instanceof SlipwayError) || error.code !== "GIT_FAILED") throw error;
  const { code, message, suggestions } = error;
  const before = `nothing was begun, for the git tag ${what} in the end`;
  throw new SlipwayError(code, `${before}: ${message}`, { suggestions, cause: error });
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
