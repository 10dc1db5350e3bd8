import type { GuardName } from "../../lifecycle/guards.ts";
import type { GuardSettings, InUseSource } from "../../retention/guards.ts";
import { readAllInUse } from "../../retention/in-use.ts";
import type { GuardValues } from "./flags.ts";
import { readInput } from "./policy.ts";

/** The guards' settings, with every file of what is in use read. */
export async function guardSettings(flags: GuardValues): Promise<GuardSettings> {
  const sources = [...new Set(flags["in-use"] ?? [])];
  const given = await Promise.all(
    sources.map(async (file) => ({
      text: await readInput(file, "USAGE"),
      name: file === "-" ? "stdin" : `'${file}'`,
    })),
  );
  return {
    inUse: readAllInUse(given),
    inUseFrom: (flags["in-use-from"] ?? []) as InUseSource[],
    floating: flags.floating ?? [],
    releases: flags.releases,
    maxShare: flags["max-share"] / 100,
    allow: (flags.allow ?? []) as GuardName[],
  };
}

/** Without the settings that nobody gave. */
export function explicitGuards(
  { releases, maxShare, ...lists }: GuardSettings,
  isDefault: (flag: string) => boolean,
): Partial<GuardSettings> {
  return {
    ...lists,
    ...(!isDefault("releases") && { releases }),
    ...(!isDefault("max-share") && { maxShare }),
  };
}
