import { dockerLogin } from "../docker/login.ts";
import type { TargetRequest } from "../release/request.ts";
import { ecrsOf } from "./world.ts";

/** A host that docker now knows, without the password. */
export interface LoggedIn {
  readonly host: string;
  readonly region: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** One after the other: docker writes its configuration without a lock, and two at once lose one (trap 2). */
export async function loginTo(
  targets: readonly TargetRequest[],
  signal: AbortSignal,
): Promise<LoggedIn[]> {
  const ecrOf = ecrsOf(signal);
  const done = new Map<string, LoggedIn>();
  for (const target of targets) {
    const { username, password, origin, expiresAt } = await ecrOf(target).token();
    const { host } = new URL(origin);
    if (done.has(host)) continue;
    await dockerLogin(host, username, password, { signal });
    done.set(host, { host, region: target.region, expiresAt: expiresAt.toISOString() });
  }
  return [...done.values()];
}
