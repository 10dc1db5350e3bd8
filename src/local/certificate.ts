import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { damaged, replaceFile } from "./directory.ts";

/** What a server of TLS shows, and the file of the authority that clients must trust for it. */
export interface Tls {
  readonly key: string;
  readonly cert: string;
  readonly caFile: string;
}

const day = 86_400_000;

interface Authority {
  readonly key: KeyObject;
  readonly certificate: string;
}

/** A certificate for this machine by an authority that is kept in `directory/tls`, and made there the first time. */
export function openTls(directory: string, now: number): Tls {
  const folder = join(directory, "tls");
  const caFile = join(folder, "ca.pem");
  const authority = readAuthority(folder, caFile) ?? makeAuthority(folder, caFile, now);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = certificate({
    subject: "localhost",
    publicKey,
    // Clients of Apple's take none that is valid for longer than 825 days.
    days: 397,
    now,
    signer: authority.key,
    extensions: [
      extension("2.5.29.15", bits(7, 0x80)),
      extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.17", sequence(dnsName("localhost"), ipAddress(127, 0, 0, 1))),
    ],
  });
  return { key: pem(privateKey), cert: cert + authority.certificate, caFile };
}

function readAuthority(folder: string, caFile: string): Authority | undefined {
  const keyFile = join(folder, "ca.key");
  if (!existsSync(keyFile) || !existsSync(caFile)) return undefined;
  const text = readFileSync(keyFile);
  const certificate = readFileSync(caFile, "utf8");
  try {
    return { key: createPrivateKey(text), certificate };
  } catch (cause) {
    throw damaged({ place: keyFile, lost: "the authority that clients trust" }, cause);
  }
}

function makeAuthority(folder: string, caFile: string, now: number): Authority {
  const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const made = certificate({
    subject: authorityName,
    publicKey,
    days: 3650,
    now,
    signer: key,
    extensions: [
      extension("2.5.29.19", sequence(element(0x01, Buffer.from([0xff]))), true),
      extension("2.5.29.15", bits(1, 0x06), true),
    ],
  });
  mkdirSync(folder, { recursive: true });
  // The key comes last, and each at once: half an authority is none.
  replaceFile(caFile, made);
  replaceFile(join(folder, "ca.key"), pem(key), 0o600);
  return { key, certificate: made };
}

const authorityName = "slipway local ECR";

/** A certificate of X.509 version 3 in PEM. https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
function certificate(of: {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly now: number;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}): string {
  const keyIds = [
    extension("2.5.29.14", element(0x04, keyId(of.publicKey))),
    extension("2.5.29.35", sequence(element(0x80, keyId(createPublicKey(of.signer))))),
  ];
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name(authorityName),
    sequence(time(of.now - day), time(of.now + of.days * day)),
    name(of.subject),
    of.publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, sequence(...of.extensions, ...keyIds)),
  );
  const whole = sequence(body, ecdsaWithSha256, bits(0, ...sign("sha256", body, of.signer)));
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
}

/** One element of DER: tag, length, content. https://www.itu.int/rec/T-REC-X.690 */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return element(0x30, ...contents);
}

function bits(unused: number, ...bytes: readonly number[]): Buffer {
  return element(0x03, Buffer.from([unused, ...bytes]));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const low = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) low.unshift((left & 0x7f) | 0x80);
  return low;
}

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

function name(common: string): Buffer {
  const attribute = sequence(oid("2.5.4.3"), element(0x0c, Buffer.from(common)));
  return sequence(element(0x31, attribute));
}

/** UTCTime: enough until 2050. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]/g, "");
  return element(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [element(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...critical, element(0x04, value));
}

function dnsName(text: string): Buffer {
  return element(0x82, Buffer.from(text));
}

function ipAddress(...parts: readonly number[]): Buffer {
  return element(0x87, Buffer.from(parts));
}
