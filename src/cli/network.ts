import { readFileSync } from "node:fs";
import { SlipwayError } from "../errors.ts";
import { type Agents, agents, type Network, type ProxyVariables } from "../oci/http.ts";
import { showValue } from "../wording.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How this machine reaches the network when its environment says anything about it: agents for every
 * client of ours. `undefined` when it says nothing, and Node's own ways will do. Throws ENVIRONMENT_INVALID.
 */
export function agentsFor(env: Environment): Agents | undefined {
  verifyEndpoints(env);
  const proxies = proxiesOf(env);
  const certificates = certificatesOf(env);
  if (proxies === undefined && certificates.length === 0) return undefined;
  const network: Network = { ...(proxies && { proxies }), certificates };
  return agents(network);
}

const endpoints = ["", "_ECR", "_STS", "_ECS", "_LAMBDA"].map((of) => `AWS_ENDPOINT_URL${of}`);

/** The SDK takes what is no address for this machine's port 80, or for a mistake of ours. */
function verifyEndpoints(env: Environment): void {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return;
  const wrong = endpoints.find((name) => env[name] && !isHttp(env[name]));
  if (wrong === undefined) return;
  const message = `${wrong} is ${showValue(env[wrong])}, which is not an http or https address`;
  throw new SlipwayError("ENVIRONMENT_INVALID", message, { suggestions: [`unset ${wrong}`] });
}

function isHttp(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/**
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, the lower case form first, in the forms that Node takes: a proxy with
 * its scheme, and in NO_PROXY domains with all that is under them and networks as ranges, as curl and docker mean them.
 */
export function proxiesOf(env: Environment): ProxyVariables | undefined {
  const https = proxyOf(env, "https_proxy");
  const http = proxyOf(env, "http_proxy");
  if (https === undefined && http === undefined) return undefined;
  verifyNode(process.versions.node);
  const direct = (env.no_proxy || env.NO_PROXY) ?? "";
  return {
    ...(https !== undefined && { HTTPS_PROXY: https }),
    ...(http !== undefined && { HTTP_PROXY: http }),
    NO_PROXY: direct
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(directHost)
      .join(","),
  };
}

function proxyOf(env: Environment, name: "https_proxy" | "http_proxy"): string | undefined {
  const upper = name.toUpperCase();
  const value = env[name] || env[upper];
  if (!value) return undefined;
  const url = value.includes("://") ? value : `http://${value}`;
  if (isHttp(url)) return url;
  // It may hold a password, so it is not shown.
  throw new SlipwayError(
    "ENVIRONMENT_INVALID",
    `${upper} is not the address of an http or https proxy`,
    {
      suggestions: [`export ${upper}=http://proxy.example.com:3128`],
    },
  );
}

/** An entry of NO_PROXY: `*`, a host with a port, an address, a network, a domain. */
function directHost(entry: string): string {
  const network = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(entry);
  if (network) return rangeOf(network[1] ?? "", Number(network[2]));
  if (/^\[.*\]$/.test(entry)) return entry.slice(1, -1);
  const isDomain = /[a-z]/i.test(entry) && !/[:*]/.test(entry) && !entry.startsWith(".");
  return isDomain ? `.${entry}` : entry;
}

/** The first and the last address of a network in CIDR notation. */
function rangeOf(address: string, bits: number): string {
  const size = 2 ** (32 - Math.min(bits, 32));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % size);
  return `${dotted(first)}-${dotted(first + size - 1)}`;
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** Agents go through proxies since these versions, and ignore the wish before. */
function verifyNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isAble = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
  if (isAble) return;
  throw new SlipwayError(
    "ENVIRONMENT_INVALID",
    `node ${version} cannot use the proxy of HTTPS_PROXY`,
    {
      suggestions: [
        "node 22.21, 24.5 or newer",
        "unset HTTPS_PROXY HTTP_PROXY https_proxy http_proxy",
      ],
    },
  );
}

/** Node reads NODE_EXTRA_CA_CERTS by itself; these are the names under which others know the same thing. */
const bundles = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] as const;

function certificatesOf(env: Environment): string[] {
  return bundles.flatMap((name) => {
    const file = env[name];
    return file ? [readBundle(name, file)] : [];
  });
}

function readBundle(name: string, file: string): string {
  const text = readText(name, file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new SlipwayError(
    "ENVIRONMENT_INVALID",
    `${name} names '${file}', which holds no PEM certificate`,
  );
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SlipwayError(
      "ENVIRONMENT_INVALID",
      `${name} names '${file}', which cannot be read: ${code}`,
      {
        cause,
      },
    );
  }
}
