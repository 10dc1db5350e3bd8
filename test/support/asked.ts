import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

/** What this process asks of others, until it is disposed of. */
export interface Asked extends Disposable {
  /** How often each thing was asked: the same question, or the same write of the same content, is one. */
  readonly times: ReadonlyMap<string, number>;
}

const channel = "http.client.request.created";

/** Hears every HTTP request that this process sends. */
export function hearRequests(): Asked {
  const times = new Map<string, number>();
  const count = (key: string) => times.set(key, (times.get(key) ?? 0) + 1);
  const hear = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    const operation = request.getHeader("x-amz-target");
    if (operation === undefined) return void count(keyOf(request));
    // What a call of an API is about stands in its body, which the SDK sends in one piece.
    const end = request.end.bind(request) as (...args: unknown[]) => ClientRequest;
    request.end = (...args: unknown[]) => {
      count(`${scopeOf(request)} ${operation} ${args[0]}`);
      return end(...args);
    };
  };
  subscribe(channel, hear);
  return { times, [Symbol.dispose]: () => void unsubscribe(channel, hear) };
}

/** Who asks, and in which region: the key and the scope of a signature, without its day. */
function scopeOf(request: ClientRequest): string {
  const signed = /Credential=([^/]+)\/\d+\/([^/]+)/.exec(
    String(request.getHeader("authorization")),
  );
  return `${signed?.[1]} ${signed?.[2]}`;
}

/** Method and address; the session of an upload and the signature of an address are others each time. */
function keyOf(request: ClientRequest): string {
  const { method, path } = request;
  const { pathname, searchParams } = new URL(path, "http://any");
  const about = ["digest", "mount", "from"].map((name) => searchParams.get(name) ?? "");
  return [method, request.getHeader("host"), pathname.replace(/(uploads\/).+/, "$1*"), ...about]
    .join(" ")
    .trim();
}
