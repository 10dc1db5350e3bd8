import { isFailure } from "../errors.ts";
import { type Loose, list, object, objects } from "../loose.ts";
import type { RunResult } from "../run.ts";
import { type Call, checkArguments } from "./build-arguments.ts";
import type { BuildSpec } from "./build-spec.ts";
import { runBuildx } from "./buildx.ts";
import { namingEngine } from "./silent-engine.ts";

/** One warning of BuildKit's own checks. */
export interface BuildWarning {
  /** `StageNameCasing` and the like: docs.docker.com/reference/build-checks. */
  readonly rule: string;
  readonly description: string;
  readonly detail: string;
  readonly url?: string;
  /** From 1; 1 where BuildKit names none. */
  readonly line: number;
}

export interface Stop {
  readonly message: string;
  readonly line: number;
  /** The text itself is at fault, and no build can come of it; otherwise a base may be out of reach. */
  readonly unreadable?: true;
}

/** What BuildKit said about a Dockerfile, or why it was not asked. */
export type BuildCheck =
  | {
      readonly state: "checked";
      readonly warnings: readonly BuildWarning[];
      /** Where it could go no further. */
      readonly stopped?: Stop;
    }
  | { readonly state: "missing"; readonly why: string };

export interface CheckOptions {
  readonly spec: BuildSpec;
  /** What the build's paths are relative to. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds. BuildKit asks the registries for the bases, and nobody answers behind some firewalls. */
const limit = 60_000;

/**
 * Asks BuildKit for its own checks (`docker buildx build --call=check`, buildx 0.15 and later); nothing is
 * built. Where docker or buildx is absent, too old or out of reach, that is the answer. Throws INTERRUPTED.
 */
export async function checkBuild({ spec, cwd, env, signal }: CheckOptions): Promise<BuildCheck> {
  try {
    const ask = (call: Call) =>
      namingEngine(runBuildx(checkArguments(spec, call), { cwd, env, signal, timeout: limit }), {
        env,
        signal,
      });
    const check = readCheck(await ask("check"));
    if (check.state === "missing" || check.stopped === undefined) return check;
    const { stopped } = check;
    const targets = await ask("targets").catch(unlessInterrupted);
    return targets === undefined ? check : { ...check, stopped: withFault(stopped, targets) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { state: "missing", why: error.message };
  }
}

/** Whose fault a stop is may stay unknown: what was found before it is told all the same. */
function unlessInterrupted(error: unknown): undefined {
  if (!isFailure(error)) throw error;
  return undefined;
}

/** To list its targets, BuildKit reads the text alone: what stops it there too is the text. */
export function withFault(stopped: Stop, { exitCode, errorTail }: RunResult): Stop {
  const isSame = exitCode !== 0 && errorTail.join("\n").includes(stopped.message);
  return isSame ? { ...stopped, unreadable: true } : stopped;
}

/** The exit code says nothing: it is 1 for one warning as for a builder that is gone. */
export function readCheck({ stdout, errorTail }: RunResult): BuildCheck {
  const answer = parse(stdout);
  if (answer === undefined) {
    const said = errorTail.findLast((line) => line.trim() !== "") ?? "it said nothing";
    return { state: "missing", why: `docker buildx could not check: ${said}` };
  }
  const { warnings, buildError } = answer;
  return {
    state: "checked",
    warnings: objects(warnings).map(readWarning),
    ...(buildError !== undefined && {
      stopped: { message: String(object(buildError).message), line: lineOf(object(buildError)) },
    }),
  };
}

function readWarning(warning: Loose): BuildWarning {
  const { ruleName, description, detail, url } = warning;
  return {
    rule: String(ruleName),
    description: String(description ?? ""),
    detail: String(detail ?? description ?? ""),
    ...(typeof url === "string" && url !== "" && { url }),
    line: lineOf(warning),
  };
}

function lineOf({ location }: Loose): number {
  const [first] = list(object(location).ranges);
  const { line } = object(object(first).start);
  return typeof line === "number" && line > 0 ? line : 1;
}

function parse(json: string): Loose | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? object(value) : undefined;
  } catch {
    return undefined;
  }
}
