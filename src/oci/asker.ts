import { SlipwayError } from "../errors.ts";
import { showValue } from "../wording.ts";
import { type Agents, agents, type HttpAnswer, type HttpRequest, send } from "./http.ts";
import { type Refused, refusal } from "./refusal.ts";
import type { OnWait } from "./retry.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface RegistryOptions {
  /** Scheme and host, such as `https://123456789012.dkr.ecr.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  readonly repository: string;
  /**
   * Asked before every request, so that a renewed token is used at once; keep it in memory. Asked with
   * what the registry refused, it answers with new ones when there are any.
   */
  readonly credentials: (refused?: Credentials) => Promise<Credentials>;
  /** Waited for before a manifest is put: registries limit how many a second. */
  readonly beforeManifest?: (signal?: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: OnWait | undefined;
  /** Told as a question leaves; what it gives back is told as its answer begins. Not of a stream that is sent: it takes its time. */
  readonly onAsk?: (() => () => void) | undefined;
  /** A connection on which nothing moves for this long is given up; a minute by default. */
  readonly idleMs?: number | undefined;
  /** Repositories of the same registry whose blobs are mounted instead of sent, where the registry does so. */
  readonly mountFrom?: readonly string[] | undefined;
  /** Where proxies or a private certificate authority stand on the way. */
  readonly agents?: Agents | undefined;
}

const sharedAgents: Agents = agents();

export type AskedRequest = Omit<HttpRequest, "url"> & { readonly path: string };
export type Ask = (request: AskedRequest) => Promise<HttpAnswer>;

/**
 * Credentials go to the registry's own origin alone, wherever it sends us. Refused ones are renewed once;
 * a body that was a stream is gone then, and its sender must try again.
 */
export function asker(options: RegistryOptions): Ask {
  const { credentials } = options;
  const base = repositoryUrl(options);
  return async (request) => {
    const held = await credentials();
    const refused = await attempt(request, held);
    if ("status" in refused) return refused;
    const renewed = refused.isStale ? await credentials(held) : held;
    if (renewed === held) throw refused.error;
    if (isStreamed(request)) throw askAgain(refused.error);
    const again = await attempt(request, renewed);
    if ("status" in again) return again;
    throw again.error;
  };

  async function attempt(request: AskedRequest, held: Credentials): Promise<HttpAnswer | Refused> {
    const answer = await sendAs(request, held, base, options);
    if (isFinal(answer.status, request)) return answer;
    return await refusal(answer, request.method, located(request.path, base));
  }
}

function isStreamed({ body }: Pick<HttpRequest, "body">): boolean {
  return body !== undefined && !Buffer.isBuffer(body);
}

function askAgain(cause: SlipwayError): SlipwayError {
  return new SlipwayError("REGISTRY_UNAVAILABLE", cause.message, { cause });
}

async function sendAs(
  { path, headers, ...request }: AskedRequest,
  { username, password }: Credentials,
  base: URL,
  options: RegistryOptions,
): Promise<HttpAnswer> {
  const url = located(path, base);
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  const own = url.origin === base.origin && { Authorization: `Basic ${basic}` };
  return await sendWatched({ ...request, url, headers: { ...headers, ...own } }, options);
}

/** Sends as the options say, and tells whoever wants to know. */
export async function sendWatched(
  request: HttpRequest,
  { signal, idleMs, onAsk, agents = sharedAgents }: RegistryOptions,
): Promise<HttpAnswer> {
  const answered = isStreamed(request) ? undefined : onAsk?.();
  try {
    return await send({ ...request, signal, idleMs }, agents);
  } finally {
    answered?.();
  }
}

/** Where a registry sends us, as it was written: encoding its query anew could break a signature. Throws REGISTRY_FAILED. */
export function located(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  const [unsigned = ""] = location.split("?");
  throw new SlipwayError(
    "REGISTRY_FAILED",
    `${from.host} redirects to ${showValue(unsigned)}, which is not an http or https address`,
  );
}

/** Below this lies all that the registry's API has of a repository. */
export function repositoryUrl({
  origin,
  repository,
}: Pick<RegistryOptions, "origin" | "repository">): URL {
  return new URL(`${origin}/v2/${repository}/`);
}

/** Where reading is sent on, the reader may follow. A write is never answered so but by a login page, which must not get what we hold. */
function isFinal(status: number, { method }: Pick<HttpRequest, "method">): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return status < (isRead ? 400 : 300) || status === 404;
}
