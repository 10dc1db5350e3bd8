import { accessSync, closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type RunOptions, type RunResult, run } from "../run.ts";
import { configDirectory, configFile } from "./isolated-config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The program that is started, and its first arguments. */
type BuildxCommand = readonly [program: string, ...args: string[]];

/** The one way in which buildx is started, as `run` starts a program; `env` says where it is looked for. */
export async function runBuildx(
  args: readonly string[],
  options: RunOptions & { readonly env: Environment },
): Promise<RunResult> {
  const [program, ...before] = buildxCommand(options.env);
  return await run(program, [...before, ...args], options);
}

/**
 * How buildx is started: by its own program where docker would find it, which it is made for as well
 * (https://github.com/docker/buildx#manual-download), else as `docker buildx`. docker starts every plugin twice, once to
 * ask who it is. A `docker` that is a script means more than docker (`sudo docker "$@"`), and is not gone around.
 */
export function buildxCommand(env: Environment): BuildxCommand {
  const plugin = isDockerItself(env.PATH ?? "") ? findPlugin(env) : undefined;
  return plugin === undefined ? ["docker", "buildx"] : [plugin];
}

function isDockerItself(path: string): boolean {
  const docker = path
    .split(delimiter)
    .map((directory) => join(directory, "docker"))
    .find(isExecutable);
  return docker !== undefined && !isScript(docker);
}

function isScript(file: string): boolean {
  const start = Buffer.alloc(2);
  try {
    const descriptor = openSync(file, "r");
    readSync(descriptor, start);
    closeSync(descriptor);
  } catch {
    return true; // what cannot be looked into is left alone
  }
  return start.toString() === "#!";
}

const systemDirectories = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"];

/** In the places and the order of docker (docker/cli, cli-plugins/manager), but for Windows. */
function findPlugin(env: Environment): string | undefined {
  const own = configDirectory(env);
  const directories = [
    ...extraDirectories(join(own, configFile)),
    join(own, "cli-plugins"),
    ...systemDirectories.map((directory) => join(directory, "docker", "cli-plugins")),
  ];
  // Absolute, as it may be started in another directory.
  const candidates = directories.map((directory) => resolve(directory, "docker-buildx"));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function extraDirectories(configFile: string): readonly string[] {
  try {
    const { cliPluginsExtraDirs } = JSON.parse(readFileSync(configFile, "utf8"));
    return Array.isArray(cliPluginsExtraDirs) ? cliPluginsExtraDirs.map(String) : [];
  } catch {
    return []; // docker tells what is wrong with its file
  }
}
