import { SlipwayError } from "../errors.ts";
import { runBuildx } from "./buildx.ts";

export interface PrintBakeOptions {
  /** The Compose file, or the bake file in HCL or JSON; relative to `projectDir`. */
  readonly file: string;
  /** Absent: what bake takes by itself, which is every service of a Compose file. */
  readonly target?: string | undefined;
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** Reading a definition builds nothing and asks no registry. */
const limitMs = 60_000;

/**
 * What `docker buildx bake --print` makes of a file: its targets with variables, inheritance and Compose's own
 * rules resolved, as JSON. Throws CONFIG_INVALID with what buildx says, TOOL_MISSING.
 * https://docs.docker.com/reference/cli/docker/buildx/bake/#print
 */
export async function printBake(options: PrintBakeOptions): Promise<unknown> {
  const { file, target, projectDir, env, signal } = options;
  const args = ["bake", "--print", `--file=${file}`, ...(target ? [target] : [])];
  const { exitCode, stdout, errorTail } = await runBuildx(args, {
    cwd: projectDir,
    env,
    signal,
    timeout: limitMs,
  });
  const said = errorTail.findLast((line) => line.startsWith("ERROR: ")) ?? errorTail.at(-1) ?? "";
  if (exitCode !== 0) throw unreadable(said.replace(/^ERROR: /, ""));
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw unreadable("buildx printed no JSON", cause);
  }
}

function unreadable(why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("CONFIG_INVALID", why, { cause });
}
