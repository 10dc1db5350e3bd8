import { credentialsOf, type Principal } from "../aws/credentials.ts";
import type { Question } from "../aws/errors.ts";
import { ask, askMaybe, type HttpAgents, requestHandlerFor } from "../aws/request.ts";
import type { Patience } from "../aws/throttling.ts";
import { SlipwayError } from "../errors.ts";
import { mapEach } from "../oci/parallel.ts";

/** Where to ask, as whom, until when, and who is told of what is waited for. */
export interface InUseSession extends Patience {
  readonly principal: Principal;
  readonly agents: HttpAgents | undefined;
}

/** What a service said. */
export interface Running {
  /** Documents in the shapes that `aws ecs` and `aws lambda` print, with nothing but what names images. */
  readonly documents: readonly object[];
  /** How much was looked at, in words. */
  readonly counted: readonly string[];
}

/** Questions that wait for their answers at the same time. */
export const questionsAtOnce = 16;

/** What a client of the SDK is opened with: the same way to AWS as every other of ours. */
export function clientOptions({ principal, agents, signal }: InUseSession) {
  const requestHandler = requestHandlerFor(agents);
  const credentials = credentialsOf(principal, requestHandler, { signal });
  return { region: principal.region, credentials, requestHandler };
}

type Send<T> = (options: { abortSignal?: AbortSignal }) => Promise<T>;

/** Asks of one service in one region. A refusal says which permission is missing, and how to do without. */
export function asker({ principal, signal }: InUseSession, service: "ecs" | "lambda") {
  const questionOf = (operation: string, resource: string): Question => ({
    action: `${service}:${operation}`,
    about: resource === "*" ? `* in ${principal.region}` : resource,
    resource,
  });
  return {
    ask: <T>(operation: string, resource: string, send: Send<T>) =>
      orLeaveOut(service, () => ask(questionOf(operation, resource), signal, send)),
    /** As `ask`; `undefined` for what went away since it was listed, which this exception says. */
    askMaybe: <T>(operation: string, resource: string, absent: string, send: Send<T>) =>
      orLeaveOut(service, () =>
        askMaybe({ ...questionOf(operation, resource), absent: [absent] }, signal, send),
      ),
  };
}

async function orLeaveOut<T>(service: string, asking: () => Promise<T>): Promise<T> {
  try {
    return await asking();
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== "ACCESS_DENIED") throw error;
    const without = `leave ${service} out of --in-use-from, and name what it runs by --in-use`;
    throw error.reworded(error.message, [...error.suggestions, without]);
  }
}

/** The answers for each of the items, in their order, some asked at the same time. */
export async function forEach<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  return (await mapEach(items, questionsAtOnce, work)).flat();
}
