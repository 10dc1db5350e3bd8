import { relative, resolve } from "node:path";
import { findConfig } from "../config/find.ts";
import { type LoadOptions, loadRequest, loadRequests } from "../config/load.ts";
import type { Overrides } from "../config/overrides.ts";
import type { Request } from "../release/request.ts";
import { readText } from "../text.ts";

export interface Loaded {
  readonly request: Request;
  readonly projectDir: string;
}

interface Needs extends Pick<LoadOptions, "needsTargets" | "imageArgument"> {
  /** Whether it is asked how the image is built; only then docker reads what `build.bake` names. */
  readonly needsBuild?: boolean;
  /** Stops docker, which reads by itself and hears no Ctrl-C of the terminal's. */
  readonly signal?: AbortSignal;
}

/** The request of a command that is about one image: the file in the working directory or the one that is named, and the flags. */
export async function load(
  overrides: Overrides,
  config: string | undefined,
  needs: Needs = {},
): Promise<Loaded> {
  const { options, projectDir } = await found(overrides, config, needs);
  return { request: await loadRequest(options), projectDir };
}

/** The requests of a command that may be about several images. */
export interface LoadedAll {
  readonly requests: readonly Request[];
  /** Whether the file describes its images under `images`: then what is computed is a list. */
  readonly several: boolean;
  readonly projectDir: string;
}

/** As `load`, for every image that the file describes, or those that the flags name. */
export async function loadAll(
  overrides: Overrides,
  config: string | undefined,
  needs: Needs = {},
): Promise<LoadedAll> {
  const { options, projectDir } = await found(overrides, config, needs);
  return { ...(await loadRequests(options)), projectDir };
}

async function found(
  overrides: Overrides,
  config: string | undefined,
  { needsBuild = true, signal, ...needs }: Needs,
) {
  const file = await findConfig(process.cwd(), config);
  const projectDir = file?.projectDir ?? process.cwd();
  const options: LoadOptions = {
    text: file?.text,
    file: file?.file,
    projectDir,
    overrides: rebased(overrides, projectDir),
    ...needs,
    readFile: readText,
    ...(needsBuild && {
      printBake: async (file, target) => {
        const { printBake } = await import("../docker/bake.ts");
        return await printBake({ file, target, projectDir, env: process.env, signal });
      },
    }),
  };
  return { options, projectDir };
}

/** Paths in flags are meant from the working directory; the file's own from where it is. */
function rebased(overrides: Overrides, projectDir: string): Overrides {
  const { context, dockerfile } = overrides.build ?? {};
  const rebase = (path: string | undefined) =>
    path === undefined ? undefined : relative(projectDir, resolve(path)) || ".";
  if (resolve(projectDir) === process.cwd()) return overrides;
  return {
    ...overrides,
    build: { ...overrides.build, context: rebase(context), dockerfile: rebase(dockerfile) },
  };
}
