import type { ECRClient } from "@aws-sdk/client-ecr";
import { SlipwayError } from "../errors.ts";
import type { credentialsOf, Principal } from "./credentials.ts";
import { isNamed, type Question, translate } from "./errors.ts";
import type { RepositoryId } from "./types.ts";

/** What every question needs. */
export interface Session {
  readonly client: ECRClient;
  readonly principal: Principal;
  readonly credentials: ReturnType<typeof credentialsOf>;
  readonly signal: AbortSignal | undefined;
}

/** The SDK gives up on a request after this and tries again, three times in all. */
export const requestHandler = { requestTimeout: 30_000, connectionTimeout: 10_000 };

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

/** A repository in words: `team/app in 123456789012/eu-west-1`. */
export function inWords({ name, registryId }: RepositoryId, { region }: Principal): string {
  return `${name} in ${registryId === undefined ? "" : `${registryId}/`}${region}`;
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
