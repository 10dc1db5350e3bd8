import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { defaultDockerfileGate } from "../../config/defaults.ts";
import type { Overrides } from "../../config/overrides.ts";
import { type BuildSpec, sourcesOf } from "../../docker/build-spec.ts";
import { SlipwayError } from "../../errors.ts";
import { lintFile } from "../../gates/dockerfile/lint-file.ts";
import type { GateSettings } from "../../release/gate.ts";
import type { Request } from "../../release/request.ts";
import { meaningOf } from "../file-error.ts";
import { loadAll } from "../load.ts";
import { joinFindings } from "./join.ts";
import type { LintedFile } from "./text.ts";

export interface LintFilesOptions {
  /** The Dockerfiles, from the working directory; none means those of all images, and of the targets that their builds are linked to. */
  readonly files: readonly string[];
  readonly overrides: Overrides;
  readonly config?: string | undefined;
  /** Whether registries are asked for digests. */
  readonly resolve: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A Dockerfile as one build takes it. */
interface Look {
  readonly path: string;
  readonly spec: BuildSpec;
  readonly settings: GateSettings["dockerfile"];
  readonly isPart: boolean;
}

/**
 * Looks at Dockerfiles, each with its own context: that of a build of slipway.yaml for its Dockerfile, the folder of
 * the file for any other. Throws USAGE for what cannot be read, CONFIG_INVALID, INTERRUPTED.
 */
export async function lintFiles(options: LintFilesOptions): Promise<readonly LintedFile[]> {
  const { overrides, config, resolve: isResolving, env, signal } = options;
  // The name of the one image decides nothing here, and a file without targets is good enough.
  const { requests, projectDir } = await loadAll({ ...overrides, image: "lint" }, config, {
    needsTargets: false,
    signal,
  });
  const known = Map.groupBy(
    requests.flatMap((request) => looksOf(request, projectDir)),
    ({ path }) => path,
  );
  const paths =
    options.files.length === 0 ? [...known.keys()] : options.files.map((file) => resolve(file));
  const place = { projectDir, env, signal };
  return await Promise.all(
    paths.map(async (path) => {
      const looks = known.get(path) ?? requests.slice(0, 1).map(elsewhere(path, overrides));
      const file = relative(process.cwd(), path) || path;
      const text = await readText(path, file);
      const found = await Promise.all(
        looks.map((look) => lintFile({ ...look, text, resolve: isResolving }, place)),
      );
      const all = joinFindings(found);
      return { file, findings: all.map((one) => ({ ...one, place: `${file}:${one.line}` })) };
    }),
  );
}

/** The Dockerfiles of an image: its own, and those of the targets that its build is linked to. */
function looksOf(request: Request, projectDir: string): readonly Look[] {
  const { build } = request;
  const settings = settingsOf(request);
  const looks = sourcesOf(build).map(
    (source): Look => ({
      path: resolve(projectDir, source.dockerfile),
      spec: { ...build, ...source },
      settings,
      isPart: source !== build,
    }),
  );
  // The image's own build comes first, and counts where a linked target takes the same file.
  return looks.filter(({ path }, at) => looks.findIndex((one) => one.path === path) === at);
}

function elsewhere(path: string, overrides: Overrides) {
  return (request: Request): Look => ({
    path,
    spec: specOf(path, request.build, overrides),
    settings: settingsOf(request),
    isPart: false,
  });
}

function settingsOf({ gates }: Request): GateSettings["dockerfile"] {
  const wish = gates.find(({ gate }) => gate === "dockerfile");
  return (wish?.settings ?? defaultDockerfileGate) as GateSettings["dockerfile"];
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
    const why = meaningOf(cause.code) ?? cause.code ?? cause.message;
    throw new SlipwayError("USAGE", `'${file}' cannot be read: ${why}`, {
      suggestions: ["slipway lint path/to/Dockerfile"],
      cause,
    });
  });
}
