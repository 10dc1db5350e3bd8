import { SlipwayError } from "../errors.ts";
import type { Sink, Source, StoredManifest } from "./content.ts";
import { type Agents, agents, type HttpAnswer, type HttpRequest, readWhole, send } from "./http.ts";
import { hasDigest, manifestMediaTypes, maxManifestBytes } from "./manifest.ts";
import { retrying } from "./retry.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface RegistryOptions {
  /** Scheme and host, such as `https://123456789012.dkr.ecr.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  readonly repository: string;
  /** Asked before every request, so that a renewed token is used at once; keep it in memory. */
  readonly credentials: () => Promise<Credentials>;
  readonly signal?: AbortSignal | undefined;
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

type Ask = (request: Omit<HttpRequest, "url"> & { path: string }) => Promise<HttpAnswer>;

/** Credentials go to the registry's own origin alone, wherever it sends us. */
function asker(options: RegistryOptions): Ask {
  const { origin, repository, credentials, signal, idleMs } = options;
  const base = repositoryUrl({ origin, repository });
  return async ({ path, headers, ...request }) => {
    const url = located(path, base);
    const { username, password } = await credentials();
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    const answer = await send(
      {
        ...request,
        url,
        headers: {
          ...headers,
          ...(url.origin === base.origin && { Authorization: `Basic ${basic}` }),
        },
        signal,
        idleMs,
      },
      options.agents ?? shared,
    );
    if (isFinal(answer.status)) return answer;
    throw await refusal(answer, request.method, url);
  };
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
  const { origin, signal } = options;
  return {
    manifest: ({ digest }) =>
      retrying(async () => {
        const headers = { Accept: manifestMediaTypes.join(", ") };
        const answer = await ask({ method: "GET", path: `manifests/${digest}`, headers });
        const bytes = await readWhole(answer.body, maxManifestBytes);
        if (answer.status === 404) throw missing(digest);
        if (!hasDigest(bytes, digest)) {
          throw new SlipwayError("CONTENT_CORRUPT", `the registry sent other bytes for ${digest}`);
        }
        return { bytes, digest, mediaType: answer.headers["content-type"] ?? "" };
      }, signal),
    blob: ({ digest }) =>
      retrying(async () => {
        const answer = await ask({ method: "GET", path: `blobs/${digest}` });
        const { location } = answer.headers;
        if (answer.status === 200) return answer.body;
        answer.body.resume();
        if (answer.status === 404 || location === undefined) throw missing(digest);
        return followToStorage(located(location, new URL(origin)), options);
      }, signal),
  };
}

/** ECR keeps blobs elsewhere and signs the address; the registry's credentials must not go there. */
async function followToStorage(url: URL, { signal, idleMs, agents }: RegistryOptions) {
  const answer = await send({ method: "GET", url, signal, idleMs }, agents ?? shared);
  if (answer.status === 200) return answer.body;
  throw await refusal(answer, "GET", new URL(url.origin + url.pathname));
}

const uploads = "blobs/uploads/";

function sink(ask: Ask, options: RegistryOptions): Sink {
  const { signal } = options;
  const exists = (path: string, headers = {}) =>
    retrying(async () => {
      const answer = await ask({ method: "HEAD", path, headers });
      answer.body.resume();
      return answer.status === 200;
    }, signal);
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
      retrying(async () => {
        const headers = { "Content-Type": mediaType, "Content-Length": bytes.length };
        await done(ask({ method: "PUT", path: `manifests/${digest}`, headers, body: bytes }));
      }, signal),
  };
}

async function done(answering: Promise<HttpAnswer>): Promise<void> {
  const answer = await answering;
  if (answer.status === 404) throw await refusal(answer, "PUT", undefined);
  answer.body.resume();
}

function missing(what: string): SlipwayError {
  return new SlipwayError("NOT_FOUND", `${what} does not exist in the registry`);
}

/** An upload that went wrong on its way; a fresh one may go well. */
const lostUpload = new Set(["BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN"]);
const transientStatus = new Set([408, 416, 429, 500, 502, 503, 504]);

/** A refused request as an error, told apart by status and by the codes of the error envelope. */
async function refusal(answer: HttpAnswer, method: string, url: URL | undefined) {
  const text = (await readWhole(answer.body, 64 * 1024)).toString("utf8");
  const { code, message } = firstError(text);
  const said = [code, message ?? text.trim()].filter(Boolean).join(": ").slice(0, 500);
  const where = url ? ` ${method} ${url.host}${url.pathname}` : "";
  const sentence = `the registry answered ${answer.status}${where}: ${said || "without a word"}`;
  if (transientStatus.has(answer.status) || lostUpload.has(code ?? "")) {
    return new SlipwayError("REGISTRY_UNAVAILABLE", sentence);
  }
  if (answer.status === 404) return new SlipwayError("NOT_FOUND", sentence);
  if (answer.status === 401 || answer.status === 403) {
    return new SlipwayError("ACCESS_DENIED", sentence, {
      suggestions: ["check that the principal may push to this repository (docs/permissions.md)"],
    });
  }
  return new SlipwayError("REGISTRY_FAILED", sentence);
}

/** The OCI error envelope; ECR answers plain text to a missing or expired token (ecr-registry-auth). */
function firstError(text: string): { code?: string; message?: string } {
  try {
    const [first] = JSON.parse(text).errors;
    return { code: String(first.code), message: String(first.message) };
  } catch {
    return {};
  }
}
