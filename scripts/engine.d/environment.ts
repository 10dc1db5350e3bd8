import { askDocker } from "./capable.ts";
import { isRunning } from "./daemon.ts";
import { misleading, privateEnvironment } from "./layout.ts";

/** Variables to set, and with `undefined` to unset. */
export type Changes = Readonly<Record<string, string | undefined>>;

/**
 * What leads a process to the engine in use: nothing for the user's own. `undefined` when no engine
 * that can do our builds is up.
 */
export async function engineEnvironment(): Promise<Changes | undefined> {
  if (askDocker(process.env).able) return {};
  return (await isRunning()) ? towardsPrivate() : undefined;
}

export function towardsPrivate(): Changes {
  const unset = Object.fromEntries(misleading.map((name) => [name, undefined]));
  return { ...unset, ...privateEnvironment() };
}
