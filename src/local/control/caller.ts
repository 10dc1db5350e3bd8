import type { HttpRequest } from "../http.ts";
import { type Secret, seal, unseal } from "../signed.ts";

/** Who calls, as far as a signature says without being verified: throw-away credentials are enough here. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
  readonly userId: string;
  /** When the session of an assumed role ends. */
  readonly expiresAt?: number;
}

interface Role {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly expiresAt: number;
}

const scopeForm =
  /^AWS4-HMAC-SHA256 .*Credential=([A-Za-z0-9_-]+)\/\d{8}\/([a-z0-9-]{1,40})\/[a-z0-9-]+\/aws4_request/;

/** The caller of a signed request (Signature Version 4); `undefined` when it is not signed. */
export function callerOf(
  { header }: Pick<HttpRequest, "header">,
  { secret, account }: { readonly secret: Secret; readonly account: string },
): Caller | undefined {
  const [, accessKey, region] = scopeForm.exec(header("authorization") ?? "") ?? [];
  if (accessKey === undefined || region === undefined) return undefined;
  const session = header("x-amz-security-token");
  const role = session === undefined ? undefined : (unseal(secret, "role", session) as Role);
  if (role) return { ...role, region };
  const own = accountOf(accessKey) ?? account;
  return { account: own, region, arn: userArn(own, region), userId: "AIDALOCALSLIPWAY00000" };
}

function userArn(account: string, region: string): string {
  return `arn:${partitionOf(region)}:iam::${account}:user/local`;
}

/** The account that an access key carries: `AKIA` or `ASIA`, twelve digits, anything. */
function accountOf(accessKey: string): string | undefined {
  return /^(?:AKIA|ASIA)(\d{12})/.exec(accessKey)?.[1];
}

export function hasExpired({ expiresAt }: Caller, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

export function sessionToken(secret: Secret, role: Role): string {
  return seal(secret, "role", role);
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html; the isolated partitions are left out. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}
