import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SlipwayError } from "../errors.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | Readable;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readable;
}

export type Agents = { readonly http: http.Agent; readonly https: https.Agent };

/** A connection on which nothing moves for this long is given up. */
const idleMs = 60_000;

export function agents(maxSockets: number): Agents {
  const options = { keepAlive: true, maxSockets };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

/**
 * Sends one request and answers as soon as the headers of the answer are there; the caller reads or
 * discards the body. Throws REGISTRY_UNAVAILABLE when the connection fails or stalls, INTERRUPTED when
 * `signal` stopped it. An error of the request's own body is thrown as it is.
 */
export async function send(request: HttpRequest, { http: plain, https: tls }: Agents) {
  const { method, url, headers, body, signal } = request;
  const secure = url.protocol === "https:";
  const sent = (secure ? https : http).request(url, {
    method,
    agent: secure ? tls : plain,
    headers: { "User-Agent": "slipway", ...headers },
    ...(signal && { signal }),
  });
  sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing moved for ${idleMs / 1000} s`)));
  const answered = answerOf(sent);
  try {
    return await (body instanceof Readable
      ? stream(body, sent, answered)
      : whole(body, sent, answered));
  } catch (cause) {
    throw translate(cause, url, signal);
  }
}

/** Reads a body of at most `limit` bytes; more is MANIFEST_INVALID, for only manifests are read whole. */
export async function readWhole(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) {
      body.destroy();
      throw new SlipwayError("MANIFEST_INVALID", `the answer is larger than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answerOf(sent: http.ClientRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (answer) =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }),
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
  body: Readable,
  sent: http.ClientRequest,
  answered: Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const sending = pipeline(body, sent);
  const answer = await Promise.race([answered, sending.then(() => answered)]);
  if (!sent.writableFinished) sending.catch(() => {});
  else await sending;
  return answer;
}

function translate(cause: unknown, url: URL, signal: AbortSignal | undefined): unknown {
  if (cause instanceof SlipwayError) return cause;
  if (signal?.aborted) return new SlipwayError("INTERRUPTED", "stopped", { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  return new SlipwayError(
    "REGISTRY_UNAVAILABLE",
    `${url.host} could not be reached: ${code ?? message}`,
    {
      suggestions: [`check that ${url.host} can be reached from here`],
      cause,
    },
  );
}
