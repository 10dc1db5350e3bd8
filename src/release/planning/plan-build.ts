import type { GitFacts } from "../../git/repository.ts";
import type { PlanSource, Step } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { releaseAnnotations } from "./annotations.ts";
import type { Inputs } from "./identity.ts";
import { inputsOf } from "./identity.ts";
import { dirtyProblems } from "./subject.ts";

/** What a build alone would make: the same image, from the same inputs, that a release would. */
export interface BuildPlan {
  readonly source: PlanSource;
  readonly step: Extract<Step, { action: "build" }>;
  readonly problems: readonly Problem[];
}

/** Plans a build without a release: an image bears no version, so none is needed. Pure. */
export function planBuild(request: Request, git: GitFacts): BuildPlan {
  const inputs = inputsOf(request.build, request.image, git);
  return {
    source: sourceOf(git, inputs),
    step: buildStep(request, git, inputs),
    problems: dirtyProblems(request, git),
  };
}

/** The build that makes the image, with what its index will say of where it comes from. */
export function buildStep(
  { image, build, rebuild }: Request,
  git: GitFacts,
  inputs: Inputs,
): BuildPlan["step"] {
  return {
    action: "build",
    // A rebuild is asked for because something outside the commit has changed: nothing old may be used.
    spec: rebuild ? { ...build, pull: true, noCache: true } : build,
    annotations: releaseAnnotations(image, git, inputs),
    because: "nothing built from these inputs was found",
  };
}

/** What the image is made from, as plan and receipt tell it. */
export function sourceOf(
  { commit, committedAt, worktree }: GitFacts,
  { digest: inputs }: Inputs,
): PlanSource {
  return { commit, committedAt, worktree, inputs };
}
