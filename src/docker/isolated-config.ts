import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { object, parseObject } from "../loose.ts";
import { makeScratch } from "../scratch.ts";
import { authEntries, type RegistryAuth } from "./registry-auth.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A docker configuration of one process, gone with it. */
export interface IsolatedConfig extends AsyncDisposable {
  readonly env: { readonly DOCKER_CONFIG: string; readonly BUILDX_CONFIG: string };
}

/**
 * A configuration directory that is the user's own plus `auths`, for a docker or buildx that takes no credentials from
 * its environment. Plugins, contexts and builders are links to the user's; the configuration file is a copy in which
 * proxies, helpers and other logins stay, and no helper is asked for our hosts. Only the user can read it.
 */
export async function isolateConfig(
  auths: readonly RegistryAuth[],
  env: Environment,
): Promise<IsolatedConfig> {
  const own = configDirectory(env);
  const scratch = await makeScratch("docker");
  const directory = scratch.path;
  try {
    await linkAll(own, directory);
    const text = await readFile(join(own, configFile), "utf8").catch(() => "");
    const config = JSON.stringify(withAuths(parseObject(text), auths));
    await writeFile(join(directory, configFile), config, { mode: 0o600, flag: "wx" });
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
  return {
    env: { DOCKER_CONFIG: directory, BUILDX_CONFIG: env.BUILDX_CONFIG || join(own, "buildx") },
    [Symbol.asyncDispose]: scratch[Symbol.asyncDispose],
  };
}

/** Where docker keeps its user's configuration, absolute. */
export function configDirectory({ DOCKER_CONFIG, HOME }: Environment): string {
  return resolve(DOCKER_CONFIG || join(HOME || homedir(), ".docker"));
}

export const configFile = "config.json";

/** Everything but the configuration file; what cannot be linked is missing there, and nothing else. */
async function linkAll(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  await Promise.all(
    entries
      .filter(({ name }) => name !== configFile)
      .map((entry) =>
        // Windows lets everybody make junctions, and links to directories only some.
        symlink(
          join(from, entry.name),
          join(to, entry.name),
          entry.isDirectory() ? "junction" : "file",
        ).catch(() => {}),
      ),
  );
}

/**
 * docker asks a host's helper, then the store, and only without both the file; an empty helper means none
 * (docker/cli, configfile: the helper of a host is taken when the host has an entry).
 */
export function withAuths(
  config: Readonly<Record<string, unknown>>,
  auths: readonly RegistryAuth[],
): Record<string, unknown> {
  const helpers = {
    ...object(config.credHelpers),
    ...Object.fromEntries(auths.map(withoutHelper)),
  };
  const hasHelpers = config.credsStore !== undefined || config.credHelpers !== undefined;
  return {
    ...config,
    auths: { ...object(config.auths), ...authEntries(auths) },
    ...(hasHelpers && { credHelpers: helpers }),
  };
}

function withoutHelper({ host }: RegistryAuth): [string, string] {
  return [host, ""];
}
