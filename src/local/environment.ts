import { devNull } from "node:os";

/**
 * What such a process must not have: a profile outranks the keys of the environment, and set but empty it is an error in
 * the `aws` command.
 */
export const unwantedVariables: readonly string[] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/** How this machine is called in the addresses that a local ECR gives out. */
const ownNames = ["127.0.0.1", "localhost"];

/**
 * What makes an AWS SDK, and the `aws` command, use this ECR and nothing of the user's own: no profile, no real session, no
 * endpoint variants (a custom endpoint with FIPS or dual-stack is an error in every SDK), no question to a metadata service, and
 * no proxy on the way to this machine, on top of the hosts (`noProxy`) that the caller goes to directly.
 */
export function environmentFor(
  endpoint: string,
  {
    account,
    region,
    noProxy = "",
  }: { readonly account: string; readonly region: string; readonly noProxy?: string | undefined },
): Readonly<Record<string, string>> {
  const direct = [noProxy, ...ownNames].filter(Boolean).join(",");
  return {
    AWS_ENDPOINT_URL_ECR: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // The key names the account; nothing here is checked, and nothing here is a secret.
    AWS_ACCESS_KEY_ID: `AKIA${account}SLIP`,
    AWS_SECRET_ACCESS_KEY: "local-ecr-has-no-secrets",
    AWS_SESSION_TOKEN: "",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_USE_FIPS_ENDPOINT: "false",
    AWS_USE_DUALSTACK_ENDPOINT: "false",
    AWS_EC2_METADATA_DISABLED: "true",
    // Programs differ in which of the two they read first.
    NO_PROXY: direct,
    no_proxy: direct,
  };
}
