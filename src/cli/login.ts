import { dockerLogin } from "../docker/login.ts";
import type { Ecr } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { TargetRequest } from "../release/request.ts";
import { type ExpectedTargets, expectedEcrs } from "./expected.ts";
import type { Asking } from "./world.ts";

/** A host that docker now knows, without the password. */
export interface LoggedIn {
  readonly host: string;
  readonly region: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** What docker's credential helpers answer to `get`, https://github.com/docker/docker-credential-helpers. */
export interface HelperCredentials {
  readonly ServerURL: string;
  readonly Username: string;
  readonly Secret: string;
}

/** One after the other: docker writes its configuration without a lock, and two at once lose one (aws/copilot-cli#2859). */
export async function loginTo(request: ExpectedTargets, asking: Asking): Promise<LoggedIn[]> {
  const ecrOf = await expectedEcrs(request, asking);
  const done = new Map<string, LoggedIn>();
  for (const target of request.targets) {
    const { username, password, expiresAt, host } = await loginOf(target, ecrOf(target));
    if (done.has(host)) continue;
    await dockerLogin(host, username, password, { signal: asking.signal });
    done.set(host, { host, region: target.region, expiresAt: expiresAt.toISOString() });
  }
  return [...done.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}

/** Username and password for the one target. Throws USAGE when there are several, WRONG_ACCOUNT. */
export async function credentialsFor(
  request: ExpectedTargets,
  asking: Asking,
): Promise<HelperCredentials> {
  const [target, ...others] = request.targets;
  if (target === undefined || others.length > 0) {
    const regions = request.targets.map(({ region }) => region);
    throw new SlipwayError(
      "USAGE",
      `--print is for one target, and here are ${regions.join(", ")}`,
      {
        suggestions: [...new Set(regions)].map(
          (region) => `slipway login --print --region ${region}`,
        ),
      },
    );
  }
  const ecrOf = await expectedEcrs(request, asking);
  const { host, username, password } = await loginOf(target, ecrOf(target));
  return { ServerURL: host, Username: username, Secret: password };
}

/**
 * The host of the target's registry and the login for it. A token is good for every registry of its region, so a
 * registry of another account differs from the caller's own in the host's first part alone.
 */
async function loginOf({ account }: TargetRequest, ecr: Ecr) {
  const { origin, ...token } = await ecr.token();
  const { host } = new URL(origin);
  const foreign = account !== undefined && /^\d{12}\./.test(host);
  return { ...token, host: foreign ? `${account}${host.slice(12)}` : host };
}
