import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { object, parseObject } from "../loose.ts";
import { isRunning } from "../run.ts";
import { authEntries, type RegistryAuth } from "./registry-auth.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A docker configuration of one process, gone with it. */
export interface IsolatedConfig extends AsyncDisposable {
  readonly env: { readonly DOCKER_CONFIG: string; readonly BUILDX_CONFIG: string };
}

/**
 * A configuration directory that is the user's own plus `auths`, for a docker or buildx that takes no credentials from
 * its environment. Plugins, contexts and builders are links to the user's; the configuration file is a copy in which
 * proxies, helpers and other logins stay, and no helper is asked for our hosts. Only the user can read it. A directory
 * whose process died before it could remove it is removed by `sweepIsolatedConfigs`.
 */
export async function isolateConfig(
  auths: readonly RegistryAuth[],
  env: Environment,
): Promise<IsolatedConfig> {
  const own = configDirectory(env);
  const directory = join(tmpdir(), `${prefix()}${process.pid}-${randomBytes(6).toString("hex")}`);
  const remove = () => rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  try {
    await linkAll(own, directory);
    const text = await readFile(join(own, configFile), "utf8").catch(() => "");
    const config = JSON.stringify(withAuths(parseObject(text), auths));
    await writeFile(join(directory, configFile), config, { mode: 0o600, flag: "wx" });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    env: { DOCKER_CONFIG: directory, BUILDX_CONFIG: env.BUILDX_CONFIG || join(own, "buildx") },
    [Symbol.asyncDispose]: remove,
  };
}

/** Where docker keeps its user's configuration, absolute. */
export function configDirectory({ DOCKER_CONFIG, HOME }: Environment): string {
  return resolve(DOCKER_CONFIG || join(HOME || homedir(), ".docker"));
}

export const configFile = "config.json";

/** Process ids count on one machine alone, and containers may share a temporary directory. */
function prefix(): string {
  return `slipway-docker-${hostname()}-`;
}

/**
 * Removes what processes of this user left behind that were killed. Never throws: whoever may not clean up goes on.
 */
export async function sweepIsolatedConfigs(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix()))
      .map((name) => removeIfLeft(name).catch(() => {})),
  );
}

async function removeIfLeft(name: string): Promise<void> {
  const [pid = ""] = name.slice(prefix().length).split("-");
  if (!/^\d+$/.test(pid) || isRunning(Number(pid))) return;
  const path = join(tmpdir(), name);
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return;
  await rm(path, { recursive: true, force: true });
}

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
