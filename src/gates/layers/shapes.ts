import type { FindingLevel } from "../../release/gate.ts";
import type { SecretCode } from "./facts.ts";

/** A secret that is known by how it looks, wherever it stands. */
export interface Shape {
  readonly code: SecretCode;
  readonly level: FindingLevel;
  readonly at: number;
  readonly what: string;
}

/** Secrets of a known shape in a text; pure. The secret itself is never in the answer. */
export function shapesIn(text: string): Shape[] {
  return [...privateKeys(text), ...awsKeys(text), ...tokens(text)];
}

const keyBegin = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g;
/**
 * The body of a key: lines of base64, in JSON with `\n` between; a program that only knows the words has none. A header
 * before it ends where its line does: were there two ways to read it, there would be 2^n to read n of them.
 */
const keyBody =
  /^(?:\s|\\[nr])*(?:[\w-]+: (?:(?!\\[nr])[^\r\n])*(?:[\r\n]|\\[nr])(?:\s|\\[nr])*)*[A-Za-z0-9+/=]{40}/;
/** `openssh-key-v1`, then the cipher `none`. */
const openSshPlain = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

function* privateKeys(text: string): Generator<Shape> {
  for (const { 0: begin, index } of text.matchAll(keyBegin)) {
    const after = text.slice(index + begin.length, index + begin.length + 600);
    if (!keyBody.test(after)) continue;
    const encrypted = isEncrypted(begin, after);
    const what = encrypted ? "a private key under a passphrase" : "a private key";
    yield { code: "PRIVATE_KEY", level: encrypted ? "warning" : "error", at: index, what };
  }
}

function isEncrypted(begin: string, after: string): boolean {
  if (begin.includes("OPENSSH")) return !after.includes(openSshPlain);
  return begin.includes("ENCRYPTED") || /^\s*Proc-Type: 4,ENCRYPTED/.test(after);
}

/** "Access key IDs beginning with AKIA are long-term" (IAM User Guide, identifiers); the rest is base32. */
const awsId = /(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/g;
const awsSecret = /(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
/** How far from its id people write the other half. */
const near = 300;

function* awsKeys(text: string): Generator<Shape> {
  for (const { 0: id, index } of text.matchAll(awsId)) {
    if (isMadeUp(id)) continue;
    const around = text.slice(Math.max(0, index - near), index + id.length + near);
    const secret = around.match(awsSecret)?.find((half) => looksRandom(half) && !isMadeUp(half));
    yield secret
      ? {
          code: "CLOUD_CREDENTIALS",
          level: "error",
          at: index,
          what: "an AWS access key with its secret",
        }
      : {
          code: "CLOUD_CREDENTIALS",
          level: "warning",
          at: index,
          what: "the id of an AWS access key",
        };
  }
}

const tokenForms: readonly (readonly [RegExp, string])[] = [
  [/(?<![A-Za-z0-9])ghp_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g, "a GitHub token"],
  [/(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/g, "a GitHub token"],
  [/(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}(?![A-Za-z0-9_-])/g, "a GitLab token"],
];

function* tokens(text: string): Generator<Shape> {
  for (const [form, what] of tokenForms) {
    for (const { 0: token, index } of text.matchAll(form)) {
      if (!isMadeUp(token) && looksRandom(token)) {
        yield { code: "ACCESS_TOKEN", level: "error", at: index, what };
      }
    }
  }
}

/** AWS's own `AKIAIOSFODNN7EXAMPLE`, and what people write in its place. */
function isMadeUp(value: string): boolean {
  return /EXAMPLE|X{6}|x{6}|0123456|1234567|ABCDEFG|abcdefg|(.)\1{7}/.test(value);
}

/** Small and capital letters and digits: a hash in hexadecimal has no capitals beside small ones. */
function looksRandom(value: string): boolean {
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
}
