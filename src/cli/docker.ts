import { build } from "../docker/build.ts";
import { observeBuilder } from "../docker/builder.ts";
import { buildProblems } from "../docker/problems.ts";
import { once } from "../oci/once.ts";
import type { World } from "../release/world.ts";

interface DockerOptions {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** The real docker. A builder is asked what it is once. */
export function openDocker({
  projectDir,
  env,
  signal,
}: DockerOptions): Omit<World["docker"], "dockerfile"> {
  const facts = once((builder: string | undefined) => observeBuilder({ builder, env, signal }));
  return {
    problems: async (spec) => buildProblems(await facts(spec.builder), spec, projectDir, env),
    build: async (images, registryAuth) => {
      const builder = await facts(images[0]?.spec.builder);
      return await build(images, { builder, projectDir, registryAuth, env, signal });
    },
  };
}
