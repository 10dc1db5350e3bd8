import { Readable } from "node:stream";
import { SlipwayError } from "../errors.ts";
import type { Sink, Source, StoredManifest } from "./content.ts";
import { type Agents, agents, type HttpAnswer, type HttpRequest, readWhole, send } from "./http.ts";
import { hasDigest, manifestMediaTypes, maxManifestBytes } from "./manifest.ts";
import { type Refused, refusal } from "./refusal.ts";
import { type OnWait, retrying } from "./retry.ts";

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
  /** A connection on which nothing moves for this long is given up; a minute by default. */
  readonly idleMs?: number | undefined;
  /** Where proxies or a private certificate authority stand on the way. */
  readonly agents?: Agents | undefined;
}

/** One repository of a registry, over the registry's HTTP API (OCI distribution specification 1.1). */
export interface Registry extends Source, Sink {
  readonly origin: string;
  readonly repository: string;
}

/** ECR answers many requests at once; more connections than this bring nothing on one link. */
const connectionsPerHost = 8;
const shared: Agents = agents(connectionsPerHost);

export function openRegistry(options: RegistryOptions): Registry {
  const ask = asker(options);
  return {
    origin: options.origin,
    repository: options.repository,
    ...source(ask, options),
    ...sink(ask, options),
  };
}

type AskedRequest = Omit<HttpRequest, "url"> & { readonly path: string };
type Ask = (request: AskedRequest) => Promise<HttpAnswer>;

/**
 * Credentials go to the registry's own origin alone, wherever it sends us. Refused ones are renewed once;
 * a body that was a stream is gone then, and its sender must try again.
 */
function asker(options: RegistryOptions): Ask {
  const { credentials } = options;
  const base = repositoryUrl(options);
  return async (request) => {
    const held = await credentials();
    const refused = await attempt(request, held);
    if ("status" in refused) return refused;
    const renewed = refused.isStale ? await credentials(held) : held;
    if (renewed === held) throw refused.error;
    if (request.body instanceof Readable) throw askAgain(refused.error);
    const again = await attempt(request, renewed);
    if ("status" in again) return again;
    throw again.error;
  };

  async function attempt(request: AskedRequest, held: Credentials): Promise<HttpAnswer | Refused> {
    const answer = await sendAs(request, held, base, options);
    if (isFinal(answer.status)) return answer;
    return await refusal(answer, request.method, located(request.path, base));
  }
}

function askAgain(cause: SlipwayError): SlipwayError {
  return new SlipwayError("REGISTRY_UNAVAILABLE", cause.message, { cause });
}

function sendAs(
  { path, headers, ...request }: AskedRequest,
  { username, password }: Credentials,
  base: URL,
  { signal, idleMs, agents = shared }: RegistryOptions,
): Promise<HttpAnswer> {
  const url = located(path, base);
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  const own = url.origin === base.origin && { Authorization: `Basic ${basic}` };
  return send({ ...request, url, headers: { ...headers, ...own }, signal, idleMs }, agents);
}

/** Where a registry sends us, as it was written: encoding its query anew could break a signature. */
function located(location: string, from: URL): URL {
  if (URL.canParse(location, from.href)) return new URL(location, from);
  throw new SlipwayError(
    "REGISTRY_FAILED",
    `${from.host} sends to '${location}', which is no address`,
  );
}

function repositoryUrl({
  origin,
  repository,
}: Pick<RegistryOptions, "origin" | "repository">): URL {
  return new URL(`${origin}/v2/${repository}/`);
}

function isFinal(status: number): boolean {
  return status < 400 || status === 404;
}

function source(ask: Ask, options: RegistryOptions): Source {
  const { origin, signal, onWait } = options;
  return {
    manifest: ({ digest }) =>
      retrying(
        async () => {
          const headers = { Accept: manifestMediaTypes.join(", ") };
          const answer = await ask({ method: "GET", path: `manifests/${digest}`, headers });
          const bytes = await readWhole(answer.body, maxManifestBytes);
          if (answer.status === 404) throw missing(digest);
          if (!hasDigest(bytes, digest)) {
            throw new SlipwayError(
              "CONTENT_CORRUPT",
              `the registry sent other bytes for ${digest}`,
            );
          }
          return { bytes, digest, mediaType: answer.headers["content-type"] ?? "" };
        },
        signal,
        undefined,
        onWait,
      ),
    blob: ({ digest }) =>
      retrying(
        async () => {
          const answer = await ask({ method: "GET", path: `blobs/${digest}` });
          const { location } = answer.headers;
          if (answer.status === 200) return answer.body;
          answer.body.resume();
          if (answer.status === 404 || location === undefined) throw missing(digest);
          return followToStorage(located(location, new URL(origin)), options);
        },
        signal,
        undefined,
        onWait,
      ),
  };
}

/** ECR keeps blobs elsewhere and signs the address; the registry's credentials must not go there. */
async function followToStorage(url: URL, { signal, idleMs, agents }: RegistryOptions) {
  const answer = await send({ method: "GET", url, signal, idleMs }, agents ?? shared);
  if (answer.status === 200) return answer.body;
  throw (await refusal(answer, "GET", new URL(url.origin + url.pathname))).error;
}

const uploads = "blobs/uploads/";

function sink(ask: Ask, options: RegistryOptions): Sink {
  const { signal, onWait } = options;
  const exists = (path: string, headers = {}) =>
    retrying(
      async () => {
        const answer = await ask({ method: "HEAD", path, headers });
        answer.body.resume();
        return answer.status === 200;
      },
      signal,
      undefined,
      onWait,
    );
  return {
    hasManifest: (digest) =>
      exists(`manifests/${digest}`, { Accept: manifestMediaTypes.join(", ") }),
    hasBlob: ({ digest }) => exists(`blobs/${digest}`),
    async putBlob({ digest, size }, body) {
      const upload = await ask({ method: "POST", path: uploads });
      upload.body.resume();
      const { location } = upload.headers;
      if (upload.status === 404 || location === undefined) throw missing("the repository");
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": size };
      const { href, search } = located(location, new URL(uploads, repositoryUrl(options)));
      const path = `${href}${search ? "&" : "?"}digest=${digest}`;
      await done(ask({ method: "PUT", path, headers, body }));
    },
    putManifest: ({ bytes, mediaType, digest }: StoredManifest) =>
      retrying(
        async () => {
          await options.beforeManifest?.(signal);
          const headers = { "Content-Type": mediaType, "Content-Length": bytes.length };
          await done(ask({ method: "PUT", path: `manifests/${digest}`, headers, body: bytes }));
        },
        signal,
        undefined,
        onWait,
      ),
  };
}

async function done(answering: Promise<HttpAnswer>): Promise<void> {
  const answer = await answering;
  if (answer.status === 404) throw (await refusal(answer, "PUT", undefined)).error;
  answer.body.resume();
}

function missing(what: string): SlipwayError {
  return new SlipwayError("NOT_FOUND", `${what} does not exist in the registry`);
}
