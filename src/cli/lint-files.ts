import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { defaultDockerfileGate } from "../config/defaults.ts";
import type { Overrides } from "../config/overrides.ts";
import { type BuildSpec, sourcesOf } from "../docker/build-spec.ts";
import { SlipwayError } from "../errors.ts";
import { lintFile } from "../gates/dockerfile/lint-file.ts";
import type { GateSettings } from "../release/gate.ts";
import type { LintedFile } from "./lint-text.ts";
import { load } from "./load.ts";

export interface LintFilesOptions {
  /** The Dockerfiles, from the working directory; none means the build's own and those of the targets that it is linked to. */
  readonly files: readonly string[];
  readonly overrides: Overrides;
  readonly config?: string | undefined;
  /** Whether registries are asked for digests. */
  readonly resolve: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Looks at Dockerfiles, each with its own context: that of slipway.yaml's build for its Dockerfile, the folder of
 * the file for any other. Throws USAGE for what cannot be read, CONFIG_INVALID, INTERRUPTED.
 */
export async function lintFiles(options: LintFilesOptions): Promise<readonly LintedFile[]> {
  const { overrides, config, resolve: isResolving, env, signal } = options;
  // The name of the image decides nothing here, and a file without targets is good enough.
  const { request, projectDir } = await load({ ...overrides, image: "lint" }, config, {
    needsTargets: false,
    signal,
  });
  const wish = request.gates.find(({ gate }) => gate === "dockerfile");
  const settings = (wish?.settings ?? defaultDockerfileGate) as GateSettings["dockerfile"];
  const { build } = request;
  const sources = new Map(
    sourcesOf(build)
      .toReversed()
      .map((source) => [resolve(projectDir, source.dockerfile), source]),
  );
  const files =
    options.files.length === 0
      ? [...sources.keys()].toReversed()
      : options.files.map((file) => resolve(file));
  const place = { projectDir, env, signal };
  return await Promise.all(
    files.map(async (path) => {
      const source = sources.get(path);
      const spec = source ? { ...build, ...source } : specOf(path, build, overrides);
      const isPart = source !== undefined && source !== build;
      const file = relative(process.cwd(), path) || path;
      const text = await readText(path, file);
      const found = await lintFile({ text, spec, settings, isPart, resolve: isResolving }, place);
      return { file, findings: found.map((one) => ({ ...one, place: `${file}:${one.line}` })) };
    }),
  );
}

/** Another Dockerfile is another build: of slipway.yaml's it has the platforms and the builder alone. */
function specOf(path: string, build: BuildSpec, { build: flags }: Overrides): BuildSpec {
  const { target: _, ...rest } = build;
  return {
    ...rest,
    dockerfile: path,
    context: flags?.context === undefined ? dirname(path) : resolve(flags.context),
    args: flags?.args ?? {},
    contexts: flags?.contexts ?? {},
    ...(flags?.target !== undefined && { target: flags.target }),
  };
}

async function readText(path: string, file: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause) => {
    throw new SlipwayError("USAGE", `'${file}' cannot be read (${cause.code ?? cause.message})`, {
      suggestions: ["slipway lint path/to/Dockerfile"],
      cause,
    });
  });
}
