import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Readable } from "node:stream";
import { onlyOwnNames } from "./own-names.ts";
import type { RequestLogEntry } from "./reports.ts";
import { writeAnswer } from "./write-answer.ts";

/** A request, parsed as far as HTTP goes. `path` is as it came, not decoded. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  /** `scheme://host:port` as the client called us: how addresses that go back to it begin. */
  readonly origin: string;
  readonly body: Readable;
  /** Resets the connection: whatever is answered afterwards reaches nobody. */
  readonly reset: () => void;
  /** Resolves with `true` when the connection is gone, with `false` when nobody waits any more. */
  readonly left: (signal: AbortSignal) => Promise<boolean>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | StreamBody;
  /** The error behind a status of 500, for the log alone. */
  readonly cause?: unknown;
  /** Called once, when the answer has gone out, or its connection with it. */
  readonly sent?: () => void;
}

export interface StreamBody {
  readonly length: number;
  /** Called only when the bytes are wanted: not for HEAD. A piece is good until the next one is asked for. */
  readonly open: () => AsyncIterable<Buffer>;
}

export type Handler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

export interface Listener {
  readonly port: number;
  /** Gives a server of TLS its certificate. */
  secure(tls: { readonly key: string; readonly cert: string }): void;
  /** Cuts every connection, and every new one while it holds. */
  refuse(all: boolean): void;
  close(): Promise<void>;
}

/** As some proxies log it: the client left before the end. */
const clientLeft = 499;

/**
 * Milliseconds. A client that says nothing for this long is gone; buildx imagetools opens all its uploads
 * at once and lets the last of them wait for minutes.
 */
const idleLimit = 600_000;

/** Milliseconds that a client which was answered early may go on sending. */
const restLimit = 30_000;

export interface ListenOptions {
  readonly port: number;
  readonly orAny: boolean;
  /** Empty: the certificate comes later, by `secure`. */
  readonly tls: { readonly key?: string; readonly cert?: string } | undefined;
  readonly idleMilliseconds?: number;
}

/** Listens on 127.0.0.1. A `port` that is taken is replaced by a free one when `orAny` is set. */
export async function listen(
  handler: Handler,
  onRequest: (entry: RequestLogEntry) => void,
  { port, orAny, tls, idleMilliseconds = idleLimit }: ListenOptions,
): Promise<Listener> {
  // A slow upload of gigabytes may last; a silent one may not.
  const times = { requestTimeout: 0, keepAliveTimeout: 75_000 };
  const server = tls ? createTlsServer({ ...times, ...tls }) : createServer(times);
  const answering = onlyOwnNames(handler);
  const answers = new WeakMap<Socket, ServerResponse>();
  server.setTimeout(idleMilliseconds, (socket) => giveUp(socket, answers.get(socket)));
  server.on("request", (incoming, outgoing) => {
    answers.set(incoming.socket, outgoing);
    void serve(answering, onRequest, incoming, outgoing);
  });
  try {
    await bind(server, port);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (!taken || !orAny) throw error;
    await bind(server, 0);
  }
  let refusing = false;
  server.on("connection", (socket: Socket) => {
    if (refusing) cut(socket);
  });
  return {
    port: (server.address() as AddressInfo).port,
    secure(certificate) {
      if ("setSecureContext" in server) server.setSecureContext(certificate);
    },
    refuse(all) {
      refusing = all;
      if (all) server.closeAllConnections();
    },
    close: () => shut(server),
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A client that fell silent amid its request is told so, if it still listens; any other is just cut off. */
function giveUp(socket: Socket, answer: ServerResponse | undefined): void {
  if (!answer || answer.headersSent || answer.req.complete) return void socket.destroy();
  answer.writeHead(408, { connection: "close", "content-length": "0" }).end();
  // Node tells the end of a connection to no request that was answered: its reader would wait for ever.
  socket.once("close", () => answer.req.destroy(new ClientSilent()));
  socket.destroySoon();
}

class ClientSilent extends Error {
  override readonly message = "the client fell silent";
}

async function serve(
  handler: Handler,
  onRequest: (entry: RequestLogEntry) => void,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const started = performance.now();
  // A connection that was reset is taken from its request.
  const { socket } = incoming;
  const written = socket.bytesWritten;
  const request = readRequest(incoming);
  const { status, error } = await perform(handler, request, outgoing);
  if (!incoming.complete) endLater(incoming);
  const left = hasLeft(error);
  const operation = request.header("x-amz-target")?.split(".").at(-1);
  onRequest({
    at: new Date().toISOString(),
    ...(operation !== undefined && { operation }),
    method: request.method,
    path: request.path,
    status: left ? clientLeft : status,
    bytesIn: Number(request.header("content-length") ?? 0),
    bytesOut: socket.bytesWritten - written,
    milliseconds: performance.now() - started,
    ...(error !== undefined && !left && { error }),
  });
}

/** What a client still sends after its answer is read and forgotten, for a while. */
function endLater(incoming: IncomingMessage): void {
  // Node reads to the end only what was never read from.
  incoming.resume();
  const end = () => {
    if (!incoming.complete) incoming.destroy();
  };
  setTimeout(end, restLimit).unref();
}

const leaving: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_DESTROYED",
]);

function hasLeft(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" && leaving.has(code);
}

/** Never rejects: what the handler throws, or a file does while it is sent, is in the outcome. */
async function perform(
  handler: Handler,
  request: HttpRequest,
  outgoing: ServerResponse,
): Promise<{ readonly status: number; readonly error?: unknown }> {
  let answer: HttpAnswer | undefined;
  try {
    answer = await handler(request);
    // Who fell silent was told so already.
    if (!outgoing.headersSent) await writeAnswer(outgoing, answer, request.method);
    return { status: answer.status, error: answer.cause };
  } catch (error) {
    if (error instanceof ClientSilent) return { status: outgoing.statusCode };
    // The client left, or content could not be read: a cut connection is all one can still say.
    outgoing.destroy();
    return { status: 500, error };
  } finally {
    answer?.sent?.();
  }
}

function readRequest(incoming: IncomingMessage): HttpRequest {
  const target = incoming.url ?? "/";
  const mark = target.indexOf("?");
  const { socket } = incoming;
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    header: (name) => incoming.headers[name]?.toString(),
    origin: `${isEncrypted(socket) ? "https" : "http"}://${knownHost(incoming)}`,
    body: incoming,
    reset: () => cut(socket),
    left: (signal) => closed(socket, signal),
  };
}

function isEncrypted(socket: Socket): boolean {
  return "encrypted" in socket;
}

/** A reset, where the socket is one of TCP itself. */
function cut(socket: Socket): void {
  if (isEncrypted(socket)) socket.destroy();
  else socket.resetAndDestroy();
}

function closed(socket: Socket, signal: AbortSignal): Promise<boolean> {
  if (socket.closed) return Promise.resolve(true);
  return once(socket, "close", { signal }).then(
    () => true,
    () => false,
  );
}

/** The client's own name for us goes back to it in addresses, so it must look like one. */
function knownHost({ headers, socket }: IncomingMessage): string {
  const { host } = headers;
  return host && /^[A-Za-z0-9.-]+(?::\d+)?$/.test(host) ? host : `127.0.0.1:${socket.localPort}`;
}

/** The whole of a small body; `undefined` as soon as it is larger than `limit` bytes: the rest is not waited for. */
export async function readBody(body: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection is still needed, for the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > limit) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, size);
}
