import type { GitFacts } from "../git/repository.ts";
import { inputsOf } from "./planning/identity.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Lets docker answer while registries far away do, where nothing is in the store, so that the plan is likely to need a
 * build. Whether it does, and what then stands in its way, is found later: the world asks nothing twice. Never throws.
 */
export async function askBuilderEarly(
  { build, image, layouts }: Pick<Request, "build" | "image" | "layouts">,
  observedGit: Promise<GitFacts>,
  world: Pick<World, "layouts" | "docker">,
): Promise<void> {
  if (layouts.length > 0) return;
  try {
    const inputs = inputsOf(build, image, await observedGit);
    if ((await world.layouts.find(inputs.digest)) === undefined) await world.docker.problems(build);
  } catch {
    // Whoever needs the answer asks for it, and is told.
  }
}
