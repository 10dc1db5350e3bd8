import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BuildSpec } from "../../docker/build-spec.ts";
import { SlipwayError } from "../../errors.ts";
import { isSamePlatform } from "../../oci/platform.ts";
import type { SmokeSettings } from "../../release/gate.ts";
import type { Problem } from "../../release/problem.ts";
import type { GatePlace } from "../judge.ts";
import { type ComposeServices, readServices } from "./compose.ts";

type SmokePlace = Pick<GatePlace, "projectDir" | "env">;

/** What the settings name and is not here: variables of the environment, services of a Compose file. */
export async function smokeProblems(
  settings: SmokeSettings,
  { projectDir, env }: SmokePlace,
): Promise<readonly Problem[]> {
  const asked = await Promise.allSettled([
    (async () => secretsOf(settings, env))(),
    servicesOf(settings, projectDir, env),
  ]);
  return asked.flatMap((one) => (one.status === "rejected" ? [problemOf(one.reason)] : []));
}

/** What is to be run and would not be built. */
export function unbuiltPlatforms(
  { platforms: asked }: SmokeSettings,
  { platforms }: Pick<BuildSpec, "platforms">,
): readonly Problem[] {
  const unbuilt = asked.filter((one) => !platforms.some((built) => isSamePlatform(one, built)));
  if (unbuilt.length === 0) return [];
  return [
    {
      code: "GATE_INPUT_MISSING",
      message: `gates.smoke.platforms has ${unbuilt.join(", ")}, and built is ${platforms.join(", ")}`,
      remedy: `gates.smoke.platforms: [${platforms[0]}]\nor platforms of the build that have ${unbuilt[0]}`,
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
    const suggestions = [`ls -l ${path}`, "gates.smoke.services.from is relative to slipway.yaml"];
    throw new SlipwayError("CONFIG_INVALID", message, { suggestions, cause });
  });
  return readServices(services, text, env);
}
