import type { ECRClient } from "@aws-sdk/client-ecr";
import type { credentialsOf, Principal } from "../aws/credentials.ts";
import type { Question } from "../aws/errors.ts";
import type { RequestHandler } from "../aws/request.ts";
import type { Patience } from "../aws/throttling.ts";
import { repositoryArn } from "./arn.ts";
import type { Pace } from "./pace.ts";
import type { RepositoryId } from "./types.ts";

/** What every question needs. */
export interface Session {
  readonly client: ECRClient;
  readonly principal: Principal;
  readonly credentials: ReturnType<typeof credentialsOf>;
  readonly requestHandler: RequestHandler;
  readonly signal: AbortSignal | undefined;
  readonly patience: Patience;
  readonly pacePut: Pace;
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
