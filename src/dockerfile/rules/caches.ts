import { type Install, installOf, isApart, type Manager } from "../installs.ts";
import type { Instruction } from "../instruction.ts";
import type { Hit, Judged } from "../rule.ts";
import type { Scope } from "../variables.ts";

/** What one package manager leaves behind, and what takes it away in the same layer. */
interface Leaving {
  readonly what: string;
  readonly folder: RegExp;
  readonly repair: string;
  /** A command that takes it away. */
  readonly clean: RegExp;
  /** A flag or a variable with which nothing is left. */
  readonly never?: RegExp;
}

const leavings: Readonly<Partial<Record<Manager, Leaving>>> = {
  apt: {
    what: "the package lists of apt",
    folder: /^\/var(?:\/lib(?:\/apt(?:\/lists)?)?)?\/?$/,
    repair:
      "end the same RUN with: rm -rf /var/lib/apt/lists/*, or mount a cache over /var/lib/apt and /var/cache/apt",
    clean:
      /^(?:rm|find)\b.*\/var\/lib\/apt\b|^(?:apt-get|apt) .*\b(?:dist-clean|distclean)\b|^rm\b.*\/var\/lib\/\*/,
  },
  apk: {
    what: "the index of apk",
    folder: /^\/(?:var\/cache(?:\/apk)?|etc\/apk\/cache)\/?$/,
    repair: "apk add --no-cache …",
    clean: /^rm\b.*\/(?:var\/cache|etc\/apk\/cache)|^apk .*\bcache (?:clean|purge)\b/,
    never: /^--no-(?:cache|network)$/,
  },
  dnf: {
    what: "the metadata and packages of dnf",
    folder: /^\/var\/(?:cache(?:\/(?:dnf|yum|libdnf5|tdnf))?|lib\/dnf)\/?$/,
    repair: "end the same RUN with: dnf clean all, or mount a cache over /var/cache/dnf",
    clean: /^(?:dnf|yum|microdnf|tdnf)\b.*\bclean\b|^(?:rm|find)\b.*\/var\/cache/,
  },
  pip: {
    what: "the cache of pip",
    folder: /\.cache(?:\/pip)?\/?$|pip/,
    repair: "pip install --no-cache-dir …, or mount a cache over /root/.cache/pip",
    clean: /^pip[\d.]* cache purge|^rm\b.*(?:\.cache|\/root\/\.\*)/,
    never: /^--no-cache-dir$|^--cache-dir=|^PIP_NO_CACHE_DIR=(?!0|false|no|off)./i,
  },
  npm: {
    what: "the cache of npm",
    folder: /npm/,
    repair: "end the same RUN with: npm cache clean --force, or mount a cache over /root/.npm",
    clean: /^npm cache (?:clean|rm)|^rm\b.*(?:\.npm|_cacache|\$\(npm config get cache)/,
    never: /^--cache=\/(?:tmp|dev\/shm)|^npm_config_cache=\/tmp/i,
  },
};

/** Only the layers that are published count; those of other stages are thrown away. */
function left(manager: Manager) {
  return ({ chain }: Judged): readonly Hit[] => {
    const leaving = leavings[manager];
    if (leaving === undefined) return [];
    return chain.flatMap(({ instructions, scope }) =>
      instructions
        .filter((one) => leaves(one, manager, leaving, scope))
        .map(({ line }) => ({
          line,
          message: `the layer keeps ${leaving.what}`,
          repair: leaving.repair,
        })),
    );
  };
}

function leaves(one: Instruction, manager: Manager, leaving: Leaving, scope: Scope): boolean {
  const installs = one.commands.filter((command) => {
    const install = installOf(command);
    return install?.manager === manager && !isWithout(install, command.assignments, leaving);
  });
  if (installs.length === 0 || isApart(one, leaving.folder)) return false;
  const variables = [...scope].map(([name, value]) => `${name}=${value ?? ""}`);
  const exported = one.commands.flatMap(({ program, args }) => (program === "export" ? args : []));
  if ([...variables, ...exported].some((pair) => leaving.never?.test(pair))) return false;
  return !one.commands.some(({ program, args }) =>
    leaving.clean.test([program, ...args].join(" ")),
  );
}

function isWithout(
  { flags }: Install,
  assignments: readonly string[],
  { never }: Leaving,
): boolean {
  return [...flags, ...assignments].some((word) => never?.test(word));
}

/** https://docs.docker.com/build/building/best-practices/#apt-get */
export const aptListsKept = left("apt");
/** https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper#Local_Cache */
export const apkCacheKept = left("apk");
/** https://dnf.readthedocs.io/en/latest/command_ref.html#clean-command */
export const dnfCacheKept = left("dnf");
/** https://pip.pypa.io/en/stable/topics/caching/ */
export const pipCacheKept = left("pip");
/** https://docs.npmjs.com/cli/commands/npm-cache */
export const npmCacheKept = left("npm");
