import type { Principal } from "../aws/credentials.ts";

/**
 * With the profile of AWS_PROFILE where none is named. The SDK's chain would take it too, but for one that is not there
 * it says only that nothing was found, and it warns of keys beside it.
 */
export function withEnvironment(
  principal: Principal,
  { AWS_PROFILE }: NodeJS.ProcessEnv = process.env,
): Principal {
  const { profile = AWS_PROFILE } = principal;
  return profile ? { ...principal, profile } : principal;
}
