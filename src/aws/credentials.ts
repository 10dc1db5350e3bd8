import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { SlipwayError } from "../errors.ts";
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
  const chain = fromNodeProviderChain({
    ...(profile !== undefined && { profile, logger: silent }),
    // Not the region: it would send single sign-on to where the registry is, instead of where its portal is.
    // Everything else takes it from the client that asks.
    clientConfig: { requestHandler },
  });
  const base = profile === undefined ? chain : ofProfile(profile, chain);
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

type Chain = ReturnType<typeof fromNodeProviderChain>;

/** The SDK has one error for a profile that is not there and for one that gives nothing. */
function ofProfile(profile: string, chain: Chain): Chain {
  return async (...args) => {
    try {
      return await chain(...args);
    } catch (cause) {
      if (!(cause instanceof Error) || cause.name !== "CredentialsProviderError") throw cause;
      const sentence = `no profile '${profile}' that has usable AWS credentials: ${cause.message}`;
      const suggestions = [`aws sso login --profile ${profile}`, "aws configure list-profiles"];
      throw new SlipwayError("CREDENTIALS_MISSING", sentence, { suggestions, cause });
    }
  };
}

/** Keys in the environment beside a profile that was asked for are no reason to warn: it was asked for. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };
