import { SlipwayError } from "../errors.ts";
import type { LinkLimits } from "./options.ts";

export interface LinkWords {
  /** `50MB/s` for every registry, `ACCOUNT/REGION=50MB/s` for one. */
  readonly bandwidth: readonly string[];
  /** `20ms`, likewise. */
  readonly latency: readonly string[];
}

export interface LinkOptions {
  readonly link: LinkLimits;
  readonly links: Readonly<Record<string, LinkLimits>>;
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** What the options of the command line say of links. Throws USAGE. */
export function parseLinks({ bandwidth, latency }: LinkWords): LinkOptions {
  const limits = new Map<string, LinkLimits>();
  const add = (text: string, read: (value: string) => LinkLimits) => {
    const at = text.indexOf("=");
    const registry = at < 0 ? "" : verifiedRegistry(text.slice(0, at));
    limits.set(registry, { ...limits.get(registry), ...read(text.slice(at + 1)) });
  };
  for (const text of bandwidth) add(text, (value) => ({ bytesPerSecond: parseBandwidth(value) }));
  for (const text of latency) add(text, (value) => ({ latencyMs: parseLatency(value) }));
  const { "": link = {}, ...own } = Object.fromEntries(limits);
  // What is said of one registry adds to what is said of all.
  const links = Object.entries(own).map(([registry, one]) => [registry, { ...link, ...one }]);
  return { link, links: Object.fromEntries(links) };
}

/** Bytes a second. Throws USAGE. */
function parseBandwidth(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([kKMG]i?B|B)(?:\/s)?$/.exec(text) ?? [];
  const bytes = Number(number) * (units[unit] ?? Number.NaN);
  if (bytes >= 1) return bytes;
  throw new SlipwayError("USAGE", `'${text}' is not a bandwidth, such as 50MB/s`);
}

/** Milliseconds. Throws USAGE. */
function parseLatency(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (unit === "s" ? 1000 : 1);
  throw new SlipwayError("USAGE", `'${text}' is not a latency, such as 20ms`);
}

function verifiedRegistry(text: string): string {
  if (/^\d{12}\/[a-z]+(?:-[a-z0-9]+)+$/.test(text)) return text;
  const message = `'${text}' is not a registry, such as 123456789012/us-east-1`;
  throw new SlipwayError("USAGE", message);
}
