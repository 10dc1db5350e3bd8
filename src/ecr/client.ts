import { ECRClient } from "@aws-sdk/client-ecr";
import { credentialsOf, type Principal } from "./credentials.ts";
import { identityQuestions } from "./identity.ts";
import { imageQuestions } from "./images.ts";
import { repositoryQuestions } from "./repositories.ts";
import { requestHandler } from "./session.ts";
import type { Ecr } from "./types.ts";

/** ECR in one region, as one principal. Asks nothing before its first question. */
export function openEcr(principal: Principal, signal?: AbortSignal): Ecr {
  const credentials = credentialsOf(principal);
  const client = new ECRClient({ region: principal.region, credentials, requestHandler });
  const session = { client, principal, credentials, signal };
  return {
    region: principal.region,
    ...identityQuestions(session),
    ...repositoryQuestions(session),
    ...imageQuestions(session),
  };
}
