import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BuildSpec } from "../../docker/build-spec.ts";
import { observeEngine } from "../../docker/engine.ts";
import { isFailure, SlipwayError } from "../../errors.ts";
import { isSamePlatform } from "../../oci/platform.ts";
import type { GateWish, SmokeSettings } from "../../release/gate.ts";
import type { Problem } from "../../release/problem.ts";
import { shellWord } from "../../wording.ts";
import type { GatePlace } from "../judge.ts";
import { type ComposeServices, readServices } from "./compose.ts";

type SmokePlace = Pick<GatePlace, "projectDir" | "env" | "signal">;

/**
 * What keeps the image from being run: an engine, what the settings take from the environment and from a Compose file, and
 * where that refuses a platform that is not built. Throws INTERRUPTED.
 */
export async function smokeProblems(
  { mode, settings }: Pick<Extract<GateWish, { gate: "smoke" }>, "mode" | "settings">,
  spec: Pick<BuildSpec, "platforms">,
  place: SmokePlace,
): Promise<readonly Problem[]> {
  const [engine, ...inputs] = await Promise.all([
    engineOf(place),
    problemIn(async () => secretsOf(settings, place.env)),
    problemIn(() => servicesOf(settings, place.projectDir, place.env)),
  ]);
  const { platform, problem } = engine;
  const unbuilt = mode === "on" ? unbuiltPlatforms(settings, spec, platform) : [];
  return [...(problem ? [problem] : []), ...unbuilt, ...inputs.flat()];
}

async function problemIn(question: () => Promise<unknown>): Promise<Problem[]> {
  try {
    await question();
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

/** What the engine runs by itself, or that there is none to run the image in. Throws INTERRUPTED. */
async function engineOf({
  env,
  signal,
}: SmokePlace): Promise<{ readonly platform?: string; readonly problem?: Problem }> {
  try {
    const { platform } = await observeEngine({ env, signal });
    return { platform };
  } catch (error) {
    if (!isFailure(error)) throw error;
    const message = `gates.smoke runs the image in a docker engine: ${error.message}`;
    const remedy = "docker version\nor skip the gate: --skip-gate smoke";
    return { problem: { code: "GATE_TOOL_MISSING", message, remedy } };
  }
}

/** What is to be run and would not be built; `native` where the settings name no platform. */
function unbuiltPlatforms(
  { platforms: asked }: SmokeSettings,
  { platforms }: Pick<BuildSpec, "platforms">,
  native: string | undefined,
): readonly Problem[] {
  const isChosen = asked.length > 0 || native === undefined;
  const unbuilt = (isChosen ? asked : [native]).filter(
    (one) => !platforms.some((built) => isSamePlatform(one, built)),
  );
  if (unbuilt.length === 0) return [];
  const wanted = isChosen
    ? `gates.smoke.platforms names ${unbuilt.join(", ")}`
    : `gates.smoke runs what the docker engine does, ${native}`;
  const other = `gates.smoke.platforms: [${platforms[0]}]${isChosen ? "" : ", under emulation"}`;
  return [
    {
      code: "GATE_INPUT_MISSING",
      message: `${wanted}, and the build is for ${platforms.join(", ")}`,
      remedy: `${other}\nor build for it as well: platforms: [${[...platforms, unbuilt[0]].join(", ")}]`,
    },
  ];
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof SlipwayError)) throw error;
  const { message, suggestions } = error;
  return { code: "GATE_INPUT_MISSING", message, remedy: suggestions.join("\nor ") };
}

/** The values of variables that are named alone. Throws ENVIRONMENT_INVALID for one that is not set. */
export function secretsOf({ env }: SmokeSettings, ours: NodeJS.ProcessEnv): readonly string[] {
  const names = env.filter((entry) => !entry.includes("="));
  const unset = names.filter((name) => ours[name] === undefined);
  if (unset.length > 0) {
    throw new SlipwayError(
      "ENVIRONMENT_INVALID",
      `gates.smoke.env takes ${unset.join(", ")} from the environment, where it is not set`,
      { suggestions: [`export ${unset[0]}=…`, `write a value for the test: ${unset[0]}=test`] },
    );
  }
  return names.map((name) => ours[name] ?? "");
}

/** The services that the settings name, and what of them is left out. Throws CONFIG_INVALID. */
export async function servicesOf(
  { services }: SmokeSettings,
  projectDir: string,
  env: NodeJS.ProcessEnv,
): Promise<ComposeServices> {
  if (services === undefined) return { services: [], findings: [] };
  const path = resolve(projectDir, services.from);
  const text = await readFile(path, "utf8").catch((cause) => {
    const message = `gates.smoke.services.from: ${services.from} cannot be read (${cause.code ?? cause.message})`;
    const suggestions = [
      `ls -l ${shellWord(path)}`,
      "gates.smoke.services.from is relative to slipway.yaml",
    ];
    throw new SlipwayError("CONFIG_INVALID", message, { suggestions, cause });
  });
  return readServices(services, text, env);
}
