import { join } from "node:path";
import type { Plan } from "../../src/release/plan.ts";
import { type ImageShape, writeLayout } from "./layout.ts";
import type { Project } from "./project.ts";
import { plan, type Rehearsal } from "./release.ts";

/**
 * Puts an image where a build of this project would have left it, so that a release needs no docker.
 * Answers with the plan that it was made for.
 */
export async function prepareLayout(
  made: Project,
  { cacheDir }: Pick<Rehearsal, "cacheDir">,
  shape: ImageShape = {},
): Promise<Plan> {
  const planned = await plan(made, "0.0.1-prepared");
  const build = planned.steps.find((step) => step.action === "build");
  const annotations = build?.action === "build" ? build.annotations : {};
  const directory = join(cacheDir, "layouts", planned.source.inputs.replace(":", "-"));
  writeLayout(directory, {
    attestations: true,
    seed: planned.source.commit,
    ...shape,
    annotations,
  });
  return planned;
}
