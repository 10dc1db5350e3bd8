import { planBuild } from "../../src/release/planning/plan-build.ts";
import { type Content, type ImageShape, writeLayout } from "./layout.ts";
import type { Project } from "./project.ts";
import { prepare } from "./release.ts";

/**
 * Leaves at `directory` what `slipway build --platform PLATFORM --output` leaves on a runner of that platform,
 * in made bytes.
 */
export async function runnerLayout(
  made: Project,
  platform: string,
  directory: string,
  shape: ImageShape = {},
): Promise<Content> {
  const overrides = { platforms: [platform] };
  const { request, world } = await prepare(made, "0.0.1", () => {}, { overrides });
  const { step } = planBuild(request, await world.git.observe(""));
  const { annotations } = step;
  return writeLayout(directory, {
    attestations: true,
    ...shape,
    platforms: [platform],
    annotations,
  });
}
