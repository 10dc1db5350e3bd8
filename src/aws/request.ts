import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { SlipwayError } from "../errors.ts";
import { isNamed, type Question, translate } from "./errors.ts";

/** How requests leave this machine, where proxies or a private certificate authority stand on the way. */
export interface HttpAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export type RequestHandler = ReturnType<typeof requestHandlerFor>;

/**
 * The SDK gives up on a request after these milliseconds and tries again, three times in all. Without
 * `throwOnRequestTimeout` it only warns, on stderr, and goes on waiting for ever; without `socketTimeout` it does so for
 * the rest of an answer that has begun.
 */
export function requestHandlerFor(agents: HttpAgents | undefined) {
  return {
    requestTimeout: 10_000,
    connectionTimeout: 4000,
    socketTimeout: 10_000,
    throwOnRequestTimeout: true,
    ...(agents && { httpAgent: agents.http, httpsAgent: agents.https }),
  };
}

/** Sends a request, and throws our own error when it fails. */
export async function ask<T>(
  question: Question,
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await send(signal ? { abortSignal: signal } : {});
  } catch (error) {
    if (signal?.aborted) throw new SlipwayError("INTERRUPTED", "stopped", { cause: error });
    throw translate(error, question);
  }
}

/** As `ask`, where these exceptions are an answer: `undefined`. */
export async function askMaybe<T>(
  question: Question & { readonly absent: readonly string[] },
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T | undefined> {
  return await ask(question, signal, async (options) => {
    try {
      return await send(options);
    } catch (error) {
      if (isNamed(error, ...question.absent)) return undefined;
      throw error;
    }
  });
}
