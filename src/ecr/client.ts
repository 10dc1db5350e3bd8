import { ECRClient } from "@aws-sdk/client-ecr";
import { credentialsOf, type Principal } from "../aws/credentials.ts";
import { type HttpAgents, requestHandlerFor } from "../aws/request.ts";
import { patient, type Watch } from "../aws/throttling.ts";
import { accountSettingQuestions } from "./account-settings.ts";
import { detailQuestions } from "./details.ts";
import { identityQuestions } from "./identity.ts";
import { imageQuestions } from "./images.ts";
import { knowingNew } from "./new-repositories.ts";
import { pace } from "./pace.ts";
import { previewQuestions } from "./previews.ts";
import { referrerQuestions } from "./referrers.ts";
import { repositoryQuestions } from "./repositories.ts";
import { scanQuestions } from "./scans.ts";
import { signingQuestions } from "./signing.ts";
import type { Ecr } from "./types.ts";

/** ECR's default quota for PutImage in a region (service-quotas); a manifest put by the registry's API counts too. */
const putImagesPerSecond = 10;

/** ECR in one region, as one principal, reached by `agents`; `watch` hears of its questions. Asks nothing before the first. */
export function openEcr(
  principal: Principal,
  signal?: AbortSignal,
  agents?: HttpAgents,
  watch: Watch = {},
): Ecr {
  const requestHandler = requestHandlerFor(agents);
  const credentials = credentialsOf(principal, requestHandler, { signal });
  const patience = { ...watch, signal };
  const options = { region: principal.region, credentials, requestHandler };
  const client = knowingNew(patient(unlogged(new ECRClient(options)), patience), signal);
  const pacePut = pace(putImagesPerSecond);
  const session = { client, principal, credentials, requestHandler, signal, patience, pacePut };
  const images = imageQuestions(session);
  return {
    region: principal.region,
    pacePut,
    ...identityQuestions(session),
    ...accountSettingQuestions(session),
    ...repositoryQuestions(session),
    ...images,
    ...detailQuestions(session, images),
    ...previewQuestions(session),
    ...referrerQuestions(session),
    ...scanQuestions(session),
    ...signingQuestions(session),
  };
}

/** The SDK copies every answer, a thousand images each, for a logger, and there is none. */
export function unlogged(client: ECRClient): ECRClient {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}
