import type { Command } from "./commands.ts";
import type { Instruction } from "./instruction.ts";
import { mountOptions } from "./stages.ts";

export type Manager = "apt" | "apk" | "dnf" | "pip" | "npm" | "yarn" | "pnpm";

/** A command that installs packages. */
export interface Install {
  readonly manager: Manager;
  readonly flags: readonly string[];
  /** What it names; for npm and its like empty where it installs what the project's own files say. */
  readonly packages: readonly string[];
  readonly verb: string;
}

const managers = new Map<string, Manager>([
  ["apt", "apt"],
  ["apt-get", "apt"],
  ["aptitude", "apt"],
  ["apk", "apk"],
  ["dnf", "dnf"],
  ["microdnf", "dnf"],
  ["yum", "dnf"],
  ["tdnf", "dnf"],
  ["npm", "npm"],
  ["yarn", "yarn"],
  ["pnpm", "pnpm"],
]);

const verbs: Readonly<Record<Manager, readonly string[]>> = {
  apt: ["install", "upgrade", "dist-upgrade", "build-dep"],
  apk: ["add", "upgrade"],
  dnf: ["install", "update", "upgrade", "groupinstall"],
  pip: ["install"],
  npm: ["install", "i", "add", "ci", "clean-install"],
  yarn: ["install", "add", ""],
  pnpm: ["install", "i", "add"],
};

/** Flags whose value is the next word; what is not here stands alone or has its value behind `=`. */
const valued: Readonly<Record<Manager, readonly string[]>> = {
  apt: ["-o", "-t", "-c", "--option", "--target-release", "--default-release"],
  apk: ["-t", "--virtual", "-X", "--repository", "-p", "--root", "--arch", "--keys-dir"],
  dnf: ["-c", "--config"],
  pip: [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-t",
    "--target",
    "-f",
    "--find-links",
    "--prefix",
    "--root",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--python",
    "--cache-dir",
    "--platform",
    "-e",
    "--editable",
  ],
  npm: [
    "--prefix",
    "-C",
    "-w",
    "--workspace",
    "--registry",
    "--cache",
    "--loglevel",
    "--omit",
    "--include",
    "--only",
  ],
  yarn: [
    "--cwd",
    "--cache-folder",
    "--modules-folder",
    "--registry",
    "--network-timeout",
    "--mutex",
  ],
  pnpm: ["-C", "--dir", "--filter", "-F", "--store-dir", "--registry"],
};

/** The installing command, or `undefined` for any other. */
export function installOf({ program, args }: Command): Install | undefined {
  const module = /^python[\d.]*$/.test(program) ? args.indexOf("-m") : -1;
  if (module !== -1) return pipInstall(args[module + 1] ?? "", args.slice(module + 2));
  if (/^pip[\d.]*$/.test(program)) return pipInstall("pip", args);
  const manager = managers.get(program);
  return manager === undefined ? undefined : parse(manager, args);
}

function pipInstall(module: string, args: readonly string[]): Install | undefined {
  return module === "pip" ? parse("pip", args) : undefined;
}

function parse(manager: Manager, args: readonly string[]): Install | undefined {
  const { flags, names } = split(args, valued[manager]);
  const [verb = "", ...packages] = names;
  // `yarn` alone installs, and `yarn --version` does not.
  if (verb === "" && flags.some((flag) => /^(?:--version|-v|--help|-h)$/.test(flag)))
    return undefined;
  return verbs[manager].includes(verb) ? { manager, flags, verb, packages } : undefined;
}

function split(args: readonly string[], withValue: readonly string[]) {
  const flags: string[] = [];
  const names: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (withValue.includes(word)) {
      at += 1;
      flags.push(`${word}=${args[at] ?? ""}`);
    } else (word.startsWith("-") ? flags : names).push(word);
  }
  return { flags, names };
}

/** Where caches lie while the instruction runs that are no part of its layer: of `--mount=type=cache` and `tmpfs`. */
export function mountedApart({ flags }: Instruction): readonly string[] {
  return flags.flatMap(({ name, value }) => {
    if (name !== "mount") return [];
    const options = mountOptions(value);
    if (!["cache", "tmpfs"].includes(options.get("type") ?? "")) return [];
    return [options.get("target") ?? options.get("dst") ?? options.get("destination") ?? ""];
  });
}

/** Whether a mount lies over the folder, or over one that it is in. */
export function isApart(instruction: Instruction, folder: RegExp): boolean {
  return mountedApart(instruction).some((path) => folder.test(path));
}
