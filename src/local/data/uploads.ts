import { rm } from "node:fs/promises";
import { type Digest, isDigest } from "../../oci/reference.ts";
import { type Algorithm, algorithmOf, uploadFile } from "../content.ts";
import type { HttpAnswer, HttpRequest } from "../http.ts";
import {
  beginUpload,
  findUpload,
  keepLayer,
  mountLayer,
  partTooSmall,
  takePart,
} from "../layer-upload.ts";
import { mountsBlobs } from "../registry-settings.ts";
import { createSession, type Session } from "../sessions.ts";
import { errorAnswer } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";

/** ECR tells the range of its first part however much has come. */
const toldBytes = 10_485_760;

/**
 * POST: a session. Where the account allows it, a layer that is named with its repository is mounted instead. A body
 * with `?digest=` is the whole layer to the specification; ECR does not take it.
 */
export async function startUpload(request: RegistryRequest): Promise<HttpAnswer> {
  const { plane, repository, http } = request;
  const { state, registry } = plane;
  const mount = http.query.get("mount") ?? "";
  const isMount = isDigest(mount) && (state.spec || mountsBlobs(registry.settings));
  if (isMount && mountLayer({ ...plane, repository }, mount, http.query.get("from") ?? "")) {
    return layerAnswer(repository.name, mount);
  }
  const session = await beginUpload({ ...plane, repository });
  if (state.spec && http.query.has("digest")) return await uploadAtOnce(request, session.id);
  return { status: 202, headers: { ...whereToGoOn(session, http), range: "0-0" } };
}

/** Nobody but this one request knows of the session: it ends with it, however it ends. */
async function uploadAtOnce(request: RegistryRequest, id: string): Promise<HttpAnswer> {
  try {
    return await finishUpload({ ...request, reference: id });
  } finally {
    await dropUpload(request, id);
  }
}

/** GET: how far an upload has come, by the specification. ECR answers 404: there is no asking. */
export function showUpload(request: RegistryRequest): HttpAnswer {
  const session = request.plane.state.spec ? findSession(request) : undefined;
  if (!session) return unknownUpload(request.reference);
  const range = `0-${Math.max(0, session.bytes - 1)}`;
  return { status: 204, headers: { ...whereToGoOn(session, request.http), range } };
}

/** PATCH: the next part, or the whole in one stream. ECR answers 201 where the specification says 202. */
export async function uploadPart(request: RegistryRequest): Promise<HttpAnswer> {
  const session = findSession(request);
  if (!session) return unknownUpload(request.reference);
  const first =
    firstByte(request.http.header("content-range")) ?? (session.broken ? 0 : session.bytes);
  if (session.busy || first !== session.bytes) return wrongPlace(first, session);
  await takePart(request.plane, session, request.http.body);
  const { spec } = request.plane.state;
  const told = Math.max(0, Math.min(session.bytes, spec ? session.bytes : toldBytes) - 1);
  return {
    status: spec ? 202 : 201,
    headers: { ...whereToGoOn(session, request.http), range: `0-${told}` },
  };
}

/** PUT: the end of an upload, with the last part, or all of it, in its body. */
export async function finishUpload(request: RegistryRequest): Promise<HttpAnswer> {
  const { plane, http, reference } = request;
  const digest = http.query.get("digest") ?? "";
  if (!isDigest(digest)) return errorAnswer(400, "DIGEST_INVALID", "The digest is not valid");
  const session = findSession(request, algorithmOf(digest));
  if (!session) return unknownUpload(reference);
  const first = firstByte(http.header("content-range")) ?? session.bytes;
  if (session.busy || first !== session.bytes) return wrongPlace(first, session);
  await takePart(plane, session, http.body);
  // It may have been cancelled while its last part came in.
  if (!plane.registry.uploads.delete(session.id)) return unknownUpload(reference);
  return await settle(request, session, digest);
}

async function settle(
  { plane, repository }: RegistryRequest,
  session: Session,
  digest: Digest,
): Promise<HttpAnswer> {
  if (session.hasSmallPart && !plane.state.spec) {
    await rm(uploadFile(plane.state.content, session.id), { force: true });
    return errorAnswer(400, "BLOB_UPLOAD_INVALID", partTooSmall);
  }
  if (await keepLayer({ ...plane, repository }, session, [digest])) {
    return layerAnswer(repository.name, digest);
  }
  const message = "None of the provided layer digests match the calculated layer digest";
  const code = plane.state.spec ? "DIGEST_INVALID" : "BLOB_UPLOAD_INVALID";
  return errorAnswer(400, code, message);
}

function layerAnswer(repository: string, digest: Digest): HttpAnswer {
  const location = `/v2/${repository}/blobs/${digest}`;
  return { status: 201, headers: { location, "docker-content-digest": digest } };
}

export async function cancelUpload(request: RegistryRequest): Promise<HttpAnswer> {
  const session = findSession(request);
  if (!session) return unknownUpload(request.reference);
  await dropUpload(request, session.id);
  return { status: 204 };
}

async function dropUpload({ plane }: RegistryRequest, id: string): Promise<void> {
  plane.registry.uploads.delete(id);
  await rm(uploadFile(plane.state.content, id), { force: true });
}

/** The session, begun anew under another algorithm when nothing has come yet. */
function findSession(
  { plane, repository, reference }: RegistryRequest,
  algorithm: Algorithm = "sha256",
): Session | undefined {
  const session = findUpload({ ...plane, repository }, reference);
  if (!session || session.bytes > 0 || session.busy || session.algorithm === algorithm)
    return session;
  const fresh = createSession(session, algorithm);
  plane.registry.uploads.set(fresh.id, fresh);
  return fresh;
}

function firstByte(contentRange: string | undefined): number | undefined {
  const match = /^(?:bytes[ =])?(\d+)-\d+(?:\/.*)?$/.exec(contentRange ?? "");
  return match ? Number(match[1]) : undefined;
}

function whereToGoOn({ id, repository }: Session, http: HttpRequest): Record<string, string> {
  return {
    location: `${http.origin}/v2/${repository}/blobs/uploads/${id}`,
    "docker-upload-uuid": id,
  };
}

function unknownUpload(id: string): HttpAnswer {
  return errorAnswer(404, "BLOB_UPLOAD_UNKNOWN", `The upload with id '${id}' does not exist`);
}

function wrongPlace(first: number, { bytes }: Session): HttpAnswer {
  const message = `First byte of the layer part is ${first} instead of ${bytes}`;
  return errorAnswer(416, "BLOB_UPLOAD_INVALID", message);
}
