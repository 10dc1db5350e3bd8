import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The key of everything this server hands out and wants to recognise: tokens, page marks, storage addresses. */
export type Secret = Buffer;

/** The directory's own secret, made when it is first asked for: what it signed stays good after a restart. */
export function openSecret(directory: string): Secret {
  const file = join(directory, "secret");
  try {
    writeFileSync(file, randomBytes(32), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file);
}

/** A value as opaque text that only this server can have made. `purpose` keeps one kind from passing for another. */
export function seal(secret: Secret, purpose: string, value: unknown): string {
  const body = Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${body}.${sign(secret, purpose, body)}`;
}

/** The sealed value, or `undefined` when the text was not sealed here for this purpose. */
export function unseal(secret: Secret, purpose: string, text: string): unknown {
  const [body = "", signature = "", ...rest] = text.split(".");
  if (rest.length > 0 || !isSignature(secret, purpose, body, signature)) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
}

/** HMAC-SHA-256. What is signed for one purpose is good for no other. */
export function sign(secret: Secret, purpose: string, text: string): string {
  return createHmac("sha256", secret).update(`${purpose}\n${text}`).digest("base64url");
}

export function isSignature(
  secret: Secret,
  purpose: string,
  text: string,
  signature: string,
): boolean {
  const expected = Buffer.from(sign(secret, purpose, text));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
