import type { GitFacts } from "../git/repository.ts";
import type { Observed } from "./observed.ts";
import type { Step } from "./plan.ts";
import { planRelease } from "./planning/plan-release.ts";
import type { Problem } from "./problem.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

type Foreseen = Pick<Observed, "buildProblems" | "gateProblems" | "tagProblems">;

export const nothingForeseen: Foreseen = { buildProblems: [], gateProblems: [], tagProblems: [] };

/** What keeps the steps that the plan would have from being done here. Throws as the questions to git and docker do. */
export async function foresee(
  request: Request,
  observed: Observed,
  world: World,
): Promise<Foreseen> {
  const { steps } = planRelease(request, observed);
  const builds = steps.some(({ action }) => action === "build");
  const tagging = steps.find((step) => step.action === "git-tag");
  const [buildProblems, gateProblems, tagProblems] = await Promise.all([
    builds ? world.docker.problems(request.build) : [],
    unreadyGates(steps, world),
    tagging ? world.git.tagProblems(taggingOf(tagging, observed.git)) : [],
  ]);
  return { buildProblems, gateProblems, tagProblems };
}

function taggingOf({ name, push }: Extract<Step, { action: "git-tag" }>, git: GitFacts) {
  return { creates: !git.tagsAtHead.includes(name), pushes: push };
}

/**
 * What the gates among these steps lack; gates that are passed over are not asked. A gate that looks at the targets
 * alone may find its work done there, and then needs nothing.
 */
export async function unreadyGates(
  steps: readonly Step[],
  world: Pick<World, "gateProblems">,
): Promise<readonly Problem[]> {
  const looking = steps.flatMap((step) =>
    step.action === "gate" && step.stage !== "published" && !step.wish.skipped ? [step] : [],
  );
  const once = new Map(looking.map(({ wish, spec }) => [wish, spec]));
  const found = await Promise.all([...once].map((one) => world.gateProblems(...one)));
  return found.flat();
}
