import { dockerLogin } from "../docker/login.ts";
import type { Ecr } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import { accountProblem } from "../release/accounts.ts";
import type { Request, TargetRequest } from "../release/request.ts";
import { ecrsOf } from "./world.ts";

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

type Where = Pick<Request, "targets" | "expectAccounts">;

/** One after the other: docker writes its configuration without a lock, and two at once lose one (trap 2). */
export async function loginTo(request: Where, signal: AbortSignal): Promise<LoggedIn[]> {
  const ecrOf = await expectedOnly(request, signal);
  const done = new Map<string, LoggedIn>();
  for (const target of request.targets) {
    const { username, password, expiresAt, host } = await loginOf(target, ecrOf(target));
    if (done.has(host)) continue;
    await dockerLogin(host, username, password, { signal });
    done.set(host, { host, region: target.region, expiresAt: expiresAt.toISOString() });
  }
  return [...done.values()];
}

/** Username and password for the one target. Throws USAGE when there are several, WRONG_ACCOUNT. */
export async function credentialsFor(
  request: Where,
  signal: AbortSignal,
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
  const ecrOf = await expectedOnly(request, signal);
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

async function expectedOnly({ targets, expectAccounts = [] }: Where, signal: AbortSignal) {
  const ecr = ecrsOf(signal);
  const asked = targets.map((target) => accountProblem(target, expectAccounts, { ecr }));
  const [wrong] = (await Promise.all(asked)).filter((problem) => problem !== undefined);
  if (wrong === undefined) return ecr;
  throw new SlipwayError("WRONG_ACCOUNT", wrong.message, { suggestions: [wrong.remedy] });
}
