import type { Hit, Judged } from "../rule.ts";

/**
 * Nothing that is built needs the stage. A name may make it the target of another build.
 * https://docs.docker.com/build/building/multi-stage/#stop-at-a-specific-build-stage
 */
export function unusedStage({ file, needed, target }: Judged): readonly Hit[] {
  return file.stages
    .filter((stage) => !needed.includes(stage))
    .map(({ from, name, index }) => ({
      line: from.line,
      message: `the stage ${name ?? index} is not needed for ${target.name ?? "the image"}`,
      repair:
        name === undefined ? "delete it" : "delete it, unless another build has it as its target",
      level: name === undefined ? "warning" : "info",
    }));
}
