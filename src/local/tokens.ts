import { isSignature, type Secret, seal, sign, unseal } from "./signed.ts";

/** GetAuthorizationToken: twelve hours, whatever the credentials that asked. */
export const tokenMilliseconds = 12 * 3600 * 1000;
const storageMilliseconds = 3600 * 1000;

interface RegistryToken {
  readonly principal: string;
  readonly region: string;
  readonly expiresAt: number;
}

export type TokenCheck = "valid" | "expired" | "malformed" | "absent";

export function issueToken(secret: Secret, token: RegistryToken): string {
  return seal(secret, "registry-token", token);
}

/**
 * What an Authorization header is worth at a registry of `region`. A token is good for every registry of the region
 * that issued it, and for no other region.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export function checkAuthorization(
  secret: Secret,
  header: string | undefined,
  { region, now }: { readonly region: string; readonly now: number },
): TokenCheck {
  if (header === undefined) return "absent";
  const [scheme = "", credentials = ""] = header.split(" ");
  if (scheme.toLowerCase() !== "basic") return "absent";
  const [user, ...password] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  const token = unseal(secret, "registry-token", password.join(":")) as RegistryToken | undefined;
  if (user !== "AWS" || token?.region !== region) return "malformed";
  return token.expiresAt > now ? "valid" : "expired";
}

/** The ARN of who asked for the token in an Authorization header that was found valid; without one, IAM's word for nobody. */
export function principalOf(secret: Secret, header: string | undefined): string {
  if (header === undefined) return "anonymous";
  const [, ...password] = Buffer.from(header.split(" ")[1] ?? "", "base64")
    .toString("utf8")
    .split(":");
  return (unseal(secret, "registry-token", password.join(":")) as RegistryToken).principal;
}

/** The query of a storage address: good for one path, for an hour. */
export function signStorage(secret: Secret, path: string, now: number): string {
  const expires = String(now + storageMilliseconds);
  const signature = sign(secret, "storage", `${path}\n${expires}`);
  return new URLSearchParams({ expires, signature }).toString();
}

/** Whether the query of an address of storage was signed for this path, and has not expired. */
export function mayReadStorage(
  secret: Secret,
  path: string,
  { query, now }: { readonly query: URLSearchParams; readonly now: number },
): boolean {
  const expires = query.get("expires") ?? "";
  const signature = query.get("signature") ?? "";
  return isSignature(secret, "storage", `${path}\n${expires}`, signature) && Number(expires) > now;
}
