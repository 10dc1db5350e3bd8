import { askDocker, type Capability } from "./capable.ts";
import { isRunning } from "./daemon.ts";
import { misleading, privateEnvironment } from "./layout.ts";

/** Variables to set, and with `undefined` to unset. */
export type Changes = Readonly<Record<string, string | undefined>>;

/**
 * What leads a process to the engine in use: nothing for the user's own. `undefined` when no engine
 * that can do our builds is up.
 */
export async function engineEnvironment(): Promise<Changes | undefined> {
  if (askOwn().able) return {};
  return (await isRunning()) ? towardsPrivate() : undefined;
}

export function towardsPrivate(): Changes {
  const unset = Object.fromEntries(misleading.map((name) => [name, undefined]));
  return { ...unset, ...privateEnvironment() };
}

/** Asks the user's own engine; a shell that was led to the private one has its variables set. */
export function askOwn(): Capability {
  const { DOCKER_HOST, DOCKER_CONFIG, ...others } = process.env;
  const led = DOCKER_HOST === privateEnvironment().DOCKER_HOST;
  return askDocker(led ? others : process.env);
}
