import { isNamed } from "../aws/errors.ts";
import type { Client } from "../aws/throttling.ts";
import { askWhileLagging } from "../oci/lag.ts";

interface Call {
  readonly input: {
    readonly repositoryName?: string;
    readonly repositoryNames?: readonly string[];
  };
}
type Handler = (call: Call) => Promise<unknown>;

/**
 * The same client, to whom ECR may say for a moment that a repository does not exist which was just made, by this
 * client or before its very eyes: it asks again then, a bounded number of times. Of other repositories that is an answer.
 */
export function knowingNew<C extends Client>(client: C, signal: AbortSignal | undefined): C {
  const made = new Set<string>();
  const middleware = (
    next: Handler,
    { commandName }: { readonly commandName?: string },
  ): Handler => {
    return async (call) => {
      const name = repositoryOf(call);
      if (commandName === "CreateRepositoryCommand") made.add(name);
      return made.has(name) ? await despiteUnknown(() => next(call), signal) : await next(call);
    };
  };
  client.middlewareStack.add(middleware as never, { step: "initialize", name: "knowingNew" });
  return client;
}

function repositoryOf({ input: { repositoryName, repositoryNames = [] } }: Call): string {
  return repositoryName ?? repositoryNames[0] ?? "";
}

async function despiteUnknown(
  send: () => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const attempt = () =>
    send().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
  const isUnknown = (ended: object) =>
    "error" in ended && isNamed(ended.error, "RepositoryNotFoundException");
  const ended = await askWhileLagging(attempt, isUnknown, signal);
  if ("error" in ended) throw ended.error;
  return ended.answer;
}
