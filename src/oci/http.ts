import http from "node:http";
import https from "node:https";
import type { OnReadOpts, Socket } from "node:net";
import tls from "node:tls";
import { isDistrust, SlipwayError, trustProxy } from "../errors.ts";
import { type Body, bodyOf } from "./body.ts";
import type { Chunks } from "./chunks.ts";
import { questionsAtOnce } from "./parallel.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | Chunks;
  readonly signal?: AbortSignal | undefined;
  /** A connection on which nothing moves for this long is given up; a minute by default. */
  readonly idleMs?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Body;
}

export type Agents = { readonly http: http.Agent; readonly https: https.Agent };

const usualIdleMs = 60_000;

/** As in the environment, in the forms that Node's agents take. */
export interface ProxyVariables {
  readonly HTTPS_PROXY?: string;
  readonly HTTP_PROXY?: string;
  readonly NO_PROXY?: string;
}

/** What stands between us and the hosts we talk to. */
export interface Network {
  readonly proxies?: ProxyVariables;
  /** Certificates in PEM that are trusted besides those that Node trusts. */
  readonly certificates: readonly string[];
  /** A proxy that does not open its tunnel within this is given up; 30 seconds by default. */
  readonly tunnelMs?: number;
}

/** Connections that are used again, to each host as many as questions are asked of one at once. */
export function agents(network: Network = direct): Agents {
  const { proxies, certificates, tunnelMs = 30_000 } = network;
  const options = {
    keepAlive: true,
    maxSockets: questionsAtOnce,
    onread: oneBuffer,
    ...(proxies && { proxyEnv: { ...proxies }, timeout: tunnelMs }),
  };
  const ca = certificates.length > 0 && { ca: [...trusted(), ...certificates] };
  return { http: new http.Agent(options), https: new https.Agent({ ...options, ...ca }) };
}

/**
 * Every read of a socket would have 64 KiB of memory of its own, which waits for the collector: some seventy
 * megabytes at any time. Node's parser copies a body out of what it is given, so all sockets may read into one buffer,
 * and eight times as much at once: fewer pieces pass a gigabyte sooner.
 */
const oneBuffer: OnReadOpts = {
  buffer: Buffer.allocUnsafeSlow(512 * 1024),
  callback(this: Socket, size, buffer) {
    this.emit("data", buffer.subarray(0, size));
    return true;
  },
};

const direct: Network = { certificates: [] };

/** With NODE_EXTRA_CA_CERTS, where this Node can tell (since 22.15). */
function trusted(): readonly string[] {
  return tls.getCACertificates?.("default") ?? tls.rootCertificates;
}

/**
 * Sends one request and answers as soon as the headers of the answer are there; the caller reads or
 * discards the body. Throws REGISTRY_UNAVAILABLE when the connection fails or stalls, INTERRUPTED when
 * `signal` stopped it, and so does the body. An error of the request's own body is thrown as it is.
 */
export async function send(request: HttpRequest, { http: plain, https: secured }: Agents) {
  const { method, url, headers, body, signal, idleMs = usualIdleMs } = request;
  const secure = url.protocol === "https:";
  const sent = (secure ? https : http).request(url, {
    method,
    agent: secure ? secured : plain,
    headers: { "User-Agent": "slipway", ...headers },
  });
  if (signal) stopWith(signal, sent);
  let stalled: Error | undefined;
  sent.setTimeout(idleMs, () => {
    stalled = new Error(`nothing moved for ${idleMs / 1000} s`);
    sent.destroy(stalled);
  });
  limitConnecting(sent);
  const failure = (cause: unknown) => translate(stalled ?? cause, url, signal);
  const answered = answerOf(sent, failure);
  try {
    return await (body === undefined || Buffer.isBuffer(body)
      ? whole(body, sent, answered)
      : stream(body, sent, answered));
  } catch (cause) {
    throw failure(cause);
  }
}

const underWay = new WeakMap<AbortSignal, http.ClientRequest[]>();

/**
 * One listener stops them all. With a listener for each request, a removed one would hold on to those added after
 * it, as in a Set: of thousands of requests none would be collected before the heap is full.
 */
function stopWith(signal: AbortSignal, sent: http.ClientRequest): void {
  if (signal.aborted) sent.destroy();
  const open = underWay.get(signal) ?? [];
  if (!underWay.has(signal)) {
    const stop = () => {
      for (const one of [...open]) one.destroy();
    };
    signal.addEventListener("abort", stop, { once: true });
    underWay.set(signal, open);
  }
  open.push(sent);
  sent.once("close", () => open.splice(open.indexOf(sent), 1));
}

/** Time for two repetitions of a lost SYN; what an idle connection may take is another matter. */
const connectMs = 4000;

function limitConnecting(sent: http.ClientRequest): void {
  sent.once("socket", (socket) => {
    if (!socket.connecting) return;
    const late = new Error(`no connection within ${connectMs / 1000} s`);
    const timer = setTimeout(() => sent.destroy(late), connectMs);
    const stop = () => clearTimeout(timer);
    socket.once("connect", stop);
    sent.once("close", stop);
  });
}

function answerOf(
  sent: http.ClientRequest,
  failure: (cause: unknown) => Error,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (answer) =>
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: bodyOf(answer, failure),
      }),
    );
  });
}

async function whole(
  body: Buffer | undefined,
  sent: http.ClientRequest,
  answered: Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  sent.end(body);
  return await answered;
}

/** An answer that comes before the whole body is sent ends the sending: the registry has decided. */
async function stream(
  body: Chunks,
  sent: http.ClientRequest,
  answered: Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  let isSent = false;
  sent.once("response", (early) => {
    if (isSent) return;
    for (const event of ["end", "close"]) early.once(event, () => sent.destroy());
  });
  const sending = writeAll(body, sent).then(() => {
    isSent = true;
    return answered;
  });
  sending.catch(() => {}); // broken off by that, or heard below
  return await Promise.race([answered, sending]);
}

/** Waits for every piece until the kernel has it, and then asks for the next. */
async function writeAll(body: Chunks, sent: http.ClientRequest): Promise<void> {
  try {
    for await (const chunk of body) await written(chunk, sent);
    sent.end();
  } catch (error) {
    sent.destroy(error as Error);
    throw error;
  }
}

function written(chunk: Buffer, sent: http.ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = () => reject(sent.errored ?? new Error("the connection was closed"));
    sent.once("close", broken);
    sent.write(chunk, (error) => {
      sent.off("close", broken);
      if (error) reject(error);
      else resolve();
    });
    if (sent.destroyed) broken();
  });
}

function translate(cause: unknown, url: URL, signal: AbortSignal | undefined): Error {
  if (cause instanceof SlipwayError) return cause;
  if (signal?.aborted) return new SlipwayError("INTERRUPTED", "stopped", { cause });
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (isDistrust(code)) {
    return new SlipwayError(
      "REGISTRY_FAILED",
      `${url.host} shows a certificate that is not trusted: ${code}`,
      { suggestions: [trustProxy], cause },
    );
  }
  if (code === "ERR_PROXY_TUNNEL") {
    return new SlipwayError(
      "REGISTRY_UNAVAILABLE",
      `${url.host} could not be reached through the proxy: ${message}`,
      {
        suggestions: ["check HTTPS_PROXY", `export NO_PROXY=${url.hostname}`],
        cause,
      },
    );
  }
  return new SlipwayError(
    "REGISTRY_UNAVAILABLE",
    `${url.host} could not be reached: ${code || message}`,
    {
      suggestions: [`check that ${url.host} can be reached from here`],
      cause,
    },
  );
}
