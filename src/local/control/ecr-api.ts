import { randomUUID } from "node:crypto";
import { actionOf, verifyAllowed } from "../access.ts";
import { type HttpAnswer, type HttpRequest, readBody } from "../http.ts";
import { Refusal, type RefusalType } from "../refusal.ts";
import { accountSettingOperations } from "./account-settings.ts";
import { authorizationOperations } from "./authorization.ts";
import { type Call, type Operations, repositoryArn } from "./call.ts";
import { creationTemplateOperations } from "./creation-templates.ts";
import { imageReferrerOperations } from "./image-referrers.ts";
import { imageOperations } from "./images.ts";
import { layerUploadOperations } from "./layer-uploads.ts";
import { layerOperations } from "./layers.ts";
import { lifecycleOperations } from "./lifecycle.ts";
import { manifestOperations } from "./manifests.ts";
import { previewOperations } from "./previews.ts";
import { registryPolicyOperations } from "./registry-policy.ts";
import { replicationOperations } from "./replication.ts";
import { repositoryOperations } from "./repositories.ts";
import { repositoryPolicyOperations } from "./repository-policy.ts";
import { resourceTagOperations } from "./resource-tags.ts";
import { scanningOperations } from "./scanning.ts";
import { signingOperations } from "./signing.ts";
import { storageClassOperations } from "./storage-class.ts";
import { unsupportedOperations } from "./unsupported.ts";

export const operations: Operations = {
  ...accountSettingOperations,
  ...authorizationOperations,
  ...creationTemplateOperations,
  ...imageOperations,
  ...imageReferrerOperations,
  ...layerOperations,
  ...layerUploadOperations,
  ...lifecycleOperations,
  ...manifestOperations,
  ...previewOperations,
  ...registryPolicyOperations,
  ...replicationOperations,
  ...repositoryOperations,
  ...repositoryPolicyOperations,
  ...resourceTagOperations,
  ...scanningOperations,
  ...signingOperations,
  ...storageClassOperations,
};

/** Every operation that ECR has, also those that this server lacks. */
export const operationNames: readonly string[] = [
  ...Object.keys(operations),
  ...unsupportedOperations,
];

export const targetPrefix = "AmazonEC2ContainerRegistry_V20150921.";

/** A manifest of 4 MiB, every character of it escaped in JSON. */
const maxBody = 32 * 1024 * 1024;

const statusOf: Partial<Record<RefusalType, number>> = {
  MissingAuthenticationTokenException: 403,
  RequestEntityTooLargeException: 413,
  ServerException: 500,
};

/** One call in AWS JSON 1.1: the operation's name in a header, input and answer as JSON. */
export async function answerEcr(request: HttpRequest, call: Call): Promise<HttpAnswer> {
  const name = request.header("x-amz-target")?.slice(targetPrefix.length) ?? "";
  try {
    const run = findOperation(name);
    const input = parseInput(await readBody(request.body, maxBody));
    refuseDenied(name, input, call);
    return jsonAnswer(200, await run(input, call));
  } catch (error) {
    if (error instanceof Refusal) return errorAnswer(error);
    const failure = new Refusal("ServerException", "An internal error of the local ECR");
    return { ...errorAnswer(failure), cause: error };
  }
}

/** IAM answers before anything is looked at; a missing list means all repositories. */
function refuseDenied(operation: string, input: unknown, { state, caller }: Call): void {
  const action = actionOf(operation);
  const repositories = repositoriesOf(input);
  const { registryId } = (input ?? {}) as { readonly registryId?: unknown };
  const registry = {
    account: typeof registryId === "string" ? registryId : caller.account,
    region: caller.region,
  };
  for (const repository of repositories.length === 0 ? [undefined] : repositories) {
    const resource =
      action === "GetAuthorizationToken" ? "*" : repositoryArn(registry, repository ?? "*");
    verifyAllowed(state.denials, { principal: caller.arn, action, repository, resource });
  }
}

function repositoriesOf(input: unknown): string[] {
  const { repositoryName, repositoryNames, resourceArn } = (input ?? {}) as Record<string, unknown>;
  const ofArn = typeof resourceArn === "string" ? resourceArn.split(":repository/")[1] : undefined;
  return [repositoryName, ofArn, ...(Array.isArray(repositoryNames) ? repositoryNames : [])].filter(
    (name) => typeof name === "string",
  );
}

function findOperation(name: string): Operations[string] {
  const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (run) return run;
  if (unsupportedOperations.includes(name)) {
    throw new Refusal("UnsupportedOperation", `${name} is not implemented by this local ECR`);
  }
  throw new Refusal("UnknownOperationException", `Amazon ECR has no operation '${name}'`);
}

function parseInput(body: Buffer | undefined): unknown {
  if (!body) throw new Refusal("RequestEntityTooLargeException", "The request is too large");
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal("SerializationException", "The request is not JSON");
  }
}

export function errorAnswer({ type, message, fields }: Refusal): HttpAnswer {
  const answer = jsonAnswer(statusOf[type] ?? 400, { __type: type, message, ...fields });
  return { ...answer, headers: { ...answer.headers, "x-amzn-errortype": type } };
}

function jsonAnswer(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() },
    body: JSON.stringify(body),
  };
}
