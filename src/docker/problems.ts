import { type BuildSpec, sourcesOf } from "./build-spec.ts";
import type { BuilderFacts } from "./builder.ts";
import { type BuilderProblem, builderProblems } from "./builder-problems.ts";
import { contextProblems, readDockerfile } from "./context.ts";

/** Why a build cannot be done: on the builder's side and on the project's, for it and for every target that it is linked to. */
export async function buildProblems(
  facts: BuilderFacts,
  spec: BuildSpec,
  projectDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly BuilderProblem[]> {
  const [missing, ofBuilder] = await Promise.all([
    contextProblems(projectDir, spec, env),
    Promise.all(
      sourcesOf(spec).map(async (source) =>
        builderProblems(facts, { ...spec, ...source }, await readDockerfile(projectDir, source)),
      ),
    ),
  ]);
  const told = [...ofBuilder.flat(), ...missing].map((one) => [JSON.stringify(one), one] as const);
  return [...new Map(told).values()];
}
