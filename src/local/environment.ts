import { devNull } from "node:os";

/**
 * What such a process must not have: a profile outranks the keys of the environment, and set but empty it is an error in
 * the `aws` command.
 */
export const unwantedVariables: readonly string[] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/**
 * What makes an AWS SDK, and the `aws` command, use this ECR and nothing of the user's own: no profile, no real session, no
 * endpoint variants (a custom endpoint with FIPS or dual-stack is an error in every SDK), no question to a metadata service.
 */
export function environmentFor(
  endpoint: string,
  { account, region }: { readonly account: string; readonly region: string },
): Readonly<Record<string, string>> {
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
  };
}
