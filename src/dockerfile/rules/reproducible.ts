import { type Install, installOf } from "../installs.ts";
import type { Hit, Judged } from "../rule.ts";
import { sourcesOf } from "./copied.ts";

/** Which lock file makes an install what it was before, and how the install is told to keep to it. */
const locked: Readonly<
  Partial<Record<Install["manager"], { lock: RegExp; repair: string; keeps: RegExp }>>
> = {
  npm: {
    lock: /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|package-?\*(?:\.json)?|\*(?:\.json)?)\*?$/,
    repair: "npm ci",
    keeps: /^$/,
  },
  yarn: {
    lock: /(?:^|\/)yarn\.lock\*?$/,
    repair: "yarn install --immutable (before 2: --frozen-lockfile)",
    keeps: /^--(?:immutable|frozen-lockfile|offline)/,
  },
  pnpm: {
    lock: /(?:^|\/)pnpm-lock\.ya?ml\*?$/,
    repair: "pnpm install --frozen-lockfile",
    keeps: /^--(?:frozen-lockfile|offline)/,
  },
};

/**
 * An install of what package.json says, which may change the lock file, where there is one to keep to.
 * https://docs.npmjs.com/cli/commands/npm-ci
 */
export function installNotLocked({ needed, context }: Judged): readonly Hit[] {
  return needed.flatMap(({ instructions }) => {
    const files = [...instructions.flatMap(sourcesOf), ...(context?.locks ?? [])];
    return instructions.flatMap(({ line, commands }) =>
      commands.flatMap((command) => {
        const install = installOf(command);
        const repair = install && looseRepair(install, files);
        if (install === undefined || repair === undefined) return [];
        const typed = [command.program, install.verb].join(" ").trim();
        const message = `${typed} may install other versions than the lock file has`;
        return [{ line, message, repair }];
      }),
    );
  });
}

/** What keeps to the lock file, when the install does not and there is one. */
function looseRepair(install: Install, files: readonly string[]): string | undefined {
  const { manager, packages, verb, flags } = install;
  const rule = locked[manager];
  if (rule === undefined || packages.length > 0 || /^(?:ci|clean-install|add)$/.test(verb)) {
    return undefined;
  }
  const isKept = flags.some((flag) => rule.keeps.test(flag) || notHere.test(flag));
  return isKept || !files.some((path) => rule.lock.test(path)) ? undefined : rule.repair;
}

const notHere = /^(?:-g|--global|--location=global|--package-lock-only)$/;
