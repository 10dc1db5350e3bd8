import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import type { RequestHandler } from "./request.ts";

/** Who to be, and where. The region alone means the SDK's default chain. */
export interface Principal {
  readonly region: string;
  readonly profile?: string;
  readonly role?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
}

/** One key for everything that is asked once per principal and region. */
export function principalKey({
  region,
  profile,
  role,
  externalId,
  sessionName,
}: Principal): string {
  return JSON.stringify([region, profile, role, externalId, sessionName]);
}

/** The SDK's own chain, the profile when one is named, and on top of it the role when one is named. */
export function credentialsOf(principal: Principal, requestHandler: RequestHandler) {
  const { region, profile, role, externalId, sessionName } = principal;
  const base = fromNodeProviderChain({
    ...(profile !== undefined && { profile, logger: silent }),
    // Not the region: it would send single sign-on to where the registry is, instead of where its portal is.
    // Everything else takes it from the client that asks.
    clientConfig: { requestHandler },
  });
  if (role === undefined) return base;
  return fromTemporaryCredentials({
    masterCredentials: base,
    params: {
      RoleArn: role,
      RoleSessionName: sessionName ?? "slipway",
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig: { region, requestHandler },
  });
}

/** Keys in the environment beside a profile that was asked for are no reason to warn: it was asked for. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };
