import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { SlipwayError } from "../errors.ts";
import { repositoryArn } from "./arn.ts";
import type { credentialsOf, Principal } from "./credentials.ts";
import { isNamed, type Question, translate } from "./errors.ts";
import type { Pace } from "./pace.ts";
import { patiently } from "./throttling.ts";
import type { RepositoryId } from "./types.ts";

/** What every question needs. */
export interface Session {
  readonly client: ECRClient;
  readonly principal: Principal;
  readonly credentials: ReturnType<typeof credentialsOf>;
  readonly requestHandler: RequestHandler;
  readonly signal: AbortSignal | undefined;
  readonly pacePut: Pace;
}

/** How requests leave this machine, where proxies or a private certificate authority stand on the way. */
export interface HttpAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export type RequestHandler = ReturnType<typeof requestHandlerFor>;

/**
 * The SDK gives up on a request after these milliseconds and tries again, three times in all. Without
 * `throwOnRequestTimeout` it only warns, on stderr, and goes on waiting for ever.
 */
export function requestHandlerFor(agents: HttpAgents | undefined) {
  return {
    requestTimeout: 10_000,
    connectionTimeout: 4000,
    throwOnRequestTimeout: true,
    ...(agents && { httpAgent: agents.http, httpsAgent: agents.https }),
  };
}

/** Sends a request, again where AWS only says "too fast", and throws our own error when it fails. */
export async function ask<T>(
  question: Question,
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await patiently(() => send(signal ? { abortSignal: signal } : {}), signal);
  } catch (error) {
    if (signal?.aborted) throw new SlipwayError("INTERRUPTED", "stopped", { cause: error });
    throw translate(error, question);
  }
}

/** A repository in words: `team/app in 123456789012/eu-west-1`. */
export function inWords({ name, registryId }: RepositoryId, { region }: Principal): string {
  return `${name} in ${registryId === undefined ? "" : `${registryId}/`}${region}`;
}

/** A question about one repository. */
export function questionAbout(
  action: string,
  id: RepositoryId,
  principal: Principal,
): Question & { readonly resource: string } {
  return {
    action: `ecr:${action}`,
    about: inWords(id, principal),
    resource: repositoryArn(id, principal.region),
  };
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
