import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";

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
export function credentialsOf(principal: Principal) {
  const { region, profile, role, externalId, sessionName } = principal;
  const base = fromNodeProviderChain({
    ...(profile !== undefined && { profile }),
    clientConfig: { region },
  });
  if (role === undefined) return base;
  return fromTemporaryCredentials({
    masterCredentials: base,
    params: {
      RoleArn: role,
      RoleSessionName: sessionName ?? "slipway",
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig: { region },
  });
}
