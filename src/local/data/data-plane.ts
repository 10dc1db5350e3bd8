import { isRepositoryName } from "../../oci/reference.ts";
import { registryActionsOf, verifyAllowed } from "../access.ts";
import { repositoryArn } from "../control/call.ts";
import { repositoryFor } from "../creation.ts";
import type { Handler, HttpAnswer, HttpRequest } from "../http.ts";
import type { Repository } from "../repository.ts";
import { findRepository } from "../state.ts";
import { checkAuthorization, principalOf } from "../tokens.ts";
import { deleteBlob, headBlob, readBlob } from "./blobs.ts";
import { deleteManifest, headManifest, putManifest, readManifest } from "./manifests.ts";
import { listReferrers, noReferrers } from "./referrers.ts";
import { errorAnswer, refusalAnswer } from "./registry-error.ts";
import type { DataPlane, RegistryHandler } from "./request.ts";

export type { DataPlane } from "./request.ts";

import { listCatalog, listTags } from "./tags.ts";
import { cancelUpload, finishUpload, showUpload, startUpload, uploadPart } from "./uploads.ts";

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, RegistryHandler>>;
  /** By the specification, the answer for a repository that is not there; absent, 404. */
  readonly whenMissing?: (reference: string, http: HttpRequest) => HttpAnswer;
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
const routes: readonly Route[] = [
  { path: /^(.+)\/blobs\/uploads()\/?$/, methods: { POST: startUpload } },
  {
    path: /^(.+)\/blobs\/uploads\/([0-9a-f-]{36})$/,
    methods: {
      PATCH: uploadPart,
      PUT: finishUpload,
      DELETE: cancelUpload,
      GET: showUpload,
      HEAD: showUpload,
    },
  },
  {
    path: /^(.+)\/blobs\/([^/]+)$/,
    methods: { GET: readBlob, HEAD: headBlob, DELETE: deleteBlob },
  },
  {
    path: /^(.+)\/manifests\/([^/]+)$/,
    methods: { GET: readManifest, HEAD: headManifest, PUT: putManifest, DELETE: deleteManifest },
  },
  { path: /^(.+)\/tags\/list()$/, methods: { GET: listTags, HEAD: listTags } },
  {
    path: /^(.+)\/referrers\/([^/]+)$/,
    methods: { GET: listReferrers, HEAD: listReferrers },
    whenMissing: noReferrers,
  },
];

const version = { "docker-distribution-api-version": "registry/2.0" };

/** The registry API of one registry. */
export function dataPlane(plane: DataPlane): Handler {
  return async (http) => {
    const answer = await answerTo(plane, http);
    return { ...answer, headers: { ...version, ...answer.headers } };
  };
}

async function answerTo(plane: DataPlane, http: HttpRequest): Promise<HttpAnswer> {
  const denied = denial(plane, http);
  if (denied) return denied;
  const path = decodePath(http.path);
  if (path === "/v2/" || path === "/v2") return onlyRead(http, () => ({ status: 200, body: "" }));
  if (!path?.startsWith("/v2/")) return errorAnswer(404, "NAME_UNKNOWN", "There is nothing here");
  try {
    if (path === "/v2/_catalog") return onlyRead(http, () => listCatalog(plane, http));
    return await route(plane, http, path.slice(4));
  } catch (error) {
    return refusalAnswer(error, plane.state.spec);
  }
}

function onlyRead({ method }: HttpRequest, read: () => HttpAnswer): HttpAnswer {
  return method === "GET" || method === "HEAD" ? read() : unsupported();
}

function unsupported(): HttpAnswer {
  return errorAnswer(405, "UNSUPPORTED", "The operation is unsupported");
}

/** `undefined` when the path is not one that a registry has, however it was written. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * ECR's answers to a missing, a wrong and an old token are plain text, and the first offers Basic, not Bearer. The
 * specification wants no token: there, only one that is brought is looked at.
 */
function denial({ state, registry }: DataPlane, http: HttpRequest): HttpAnswer | undefined {
  if (state.spec && http.header("authorization") === undefined) return undefined;
  const { region } = registry;
  const text = { "content-type": "text/plain" };
  switch (
    checkAuthorization(state.secret, http.header("authorization"), { region, now: state.now() })
  ) {
    case "valid":
      return undefined;
    case "expired":
      return {
        status: 403,
        headers: text,
        body: "Your authorization token has expired. Reauthenticate and try again.",
      };
    case "malformed":
      return { status: 400, headers: text, body: "Bad Request\n" };
    case "absent":
      return {
        status: 401,
        headers: {
          ...text,
          "www-authenticate": `Basic realm="${http.origin}/",service="ecr.amazonaws.com"`,
        },
        body: "Not Authorized\n",
      };
  }
}

async function route(plane: DataPlane, http: HttpRequest, path: string): Promise<HttpAnswer> {
  for (const { path: form, ...routed } of routes) {
    const [match, name = "", reference = ""] = form.exec(path) ?? [];
    if (match !== undefined) return await handle(plane, http, { ...routed, name, reference });
  }
  return errorAnswer(404, "NAME_UNKNOWN", "There is nothing here");
}

interface Routed extends Omit<Route, "path"> {
  readonly name: string;
  readonly reference: string;
}

async function handle(
  plane: DataPlane,
  http: HttpRequest,
  { methods, whenMissing, name, reference }: Routed,
): Promise<HttpAnswer> {
  const handler = Object.hasOwn(methods, http.method) ? methods[http.method] : undefined;
  if (!handler) return unsupported();
  if (!isRepositoryName(name)) {
    return errorAnswer(400, "NAME_INVALID", `Invalid repository name '${name}'`);
  }
  refuseDenied(plane, http, name);
  if (plane.state.spec && whenMissing && !plane.registry.repositories.has(name)) {
    return whenMissing(reference, http);
  }
  const repository = repositoryOf(plane, http, name);
  return await handler({ plane, repository, reference, http });
}

/** What may make a repository that is not there: the start of an upload, and a manifest. */
function repositoryOf(
  { state, registry }: DataPlane,
  { method, path }: HttpRequest,
  name: string,
): Repository {
  const isPush = method === "POST" || (method === "PUT" && path.includes("/manifests/"));
  return isPush
    ? repositoryFor(state, registry, name, { use: "CREATE_ON_PUSH", always: state.spec })
    : findRepository(registry, name);
}

/** IAM answers first: who may not ask does not learn whether the repository exists. */
function refuseDenied({ state, registry }: DataPlane, http: HttpRequest, repository: string): void {
  if (state.denials.length === 0) return;
  const principal = principalOf(state.secret, http.header("authorization"));
  const resource = repositoryArn(registry, repository);
  for (const action of registryActionsOf(http.method, http.path)) {
    verifyAllowed(state.denials, { principal, action, repository, resource });
  }
}
