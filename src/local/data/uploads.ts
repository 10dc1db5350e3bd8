import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { type Digest, isDigest } from "../../oci/reference.ts";
import {
  type Algorithm,
  algorithmOf,
  appendStream,
  type ContentStore,
  createUploadFile,
  digestSoFar,
  hashFile,
  keepFile,
  uploadFile,
} from "../content.ts";
import type { HttpAnswer, HttpRequest } from "../http.ts";
import { commit } from "../state.ts";
import { errorAnswer } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";
import { createSession, type Session } from "./sessions.ts";

/** ECR tells the range of its first part however much has come. */
const toldBytes = 10_485_760;

/** POST: a session. A mount is off by default at ECR, and a body with `?digest=` is not taken: both start a session. */
export async function startUpload({
  plane,
  repository,
  http,
}: RegistryRequest): Promise<HttpAnswer> {
  const id = randomUUID();
  await createUploadFile(plane.state.content, id);
  const session = createSession(id, repository.name, "sha256");
  plane.sessions.set(id, session);
  return { status: 202, headers: { ...whereToGoOn(session, http), range: "0-0" } };
}

/** PATCH: the next part, or the whole in one stream. ECR answers 201 where the specification says 202. */
export async function uploadPart(request: RegistryRequest): Promise<HttpAnswer> {
  const session = findSession(request);
  if (!session) return unknownUpload(request.reference);
  const first =
    firstByte(request.http.header("content-range")) ?? (session.broken ? 0 : session.bytes);
  if (session.busy || first !== session.bytes) return wrongPlace(first, session);
  await receive(request.plane.state.content, session, request.http);
  const told = Math.max(0, Math.min(session.bytes, toldBytes) - 1);
  return {
    status: 201,
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
  await receive(plane.state.content, session, http);
  plane.sessions.delete(session.id);
  return await settle(request, session, digest);
}

/** Keeps what was uploaded, if it is what the client says. */
async function settle(
  { plane, repository }: RegistryRequest,
  session: Session,
  digest: Digest,
): Promise<HttpAnswer> {
  const { state, registry } = plane;
  const file = uploadFile(state.content, session.id);
  if ((await digestOfUpload(session, file, algorithmOf(digest))) !== digest) {
    await rm(file, { force: true });
    const message = "None of the provided layer digests match the calculated layer digest";
    return errorAnswer(400, "BLOB_UPLOAD_INVALID", message);
  }
  await keepFile(state.content, file, digest);
  if (!repository.layers.has(digest)) {
    const layer = { digest, size: session.bytes, addedAt: state.now() };
    commit(registry, repository, [{ did: "add-layer", layer }]);
  }
  return {
    status: 201,
    headers: {
      location: `/v2/${repository.name}/blobs/${digest}`,
      "docker-content-digest": digest,
    },
  };
}

async function digestOfUpload(session: Session, file: string, wanted: Algorithm): Promise<Digest> {
  return session.algorithm === wanted
    ? digestSoFar(session.hash, wanted)
    : await hashFile(file, wanted);
}

export async function cancelUpload(request: RegistryRequest): Promise<HttpAnswer> {
  const session = findSession(request);
  if (!session) return unknownUpload(request.reference);
  request.plane.sessions.delete(session.id);
  await rm(uploadFile(request.plane.state.content, session.id), { force: true });
  return { status: 204 };
}

/** The session, begun anew under another algorithm when nothing has come yet. */
function findSession(
  { plane, repository, reference }: RegistryRequest,
  algorithm: Algorithm = "sha256",
): Session | undefined {
  const session = plane.sessions.get(reference);
  if (session?.repository !== repository.name) return undefined;
  if (session.bytes > 0 || session.busy || session.algorithm === algorithm) return session;
  const fresh = createSession(session.id, repository.name, algorithm);
  plane.sessions.set(fresh.id, fresh);
  return fresh;
}

async function receive(store: ContentStore, session: Session, http: HttpRequest): Promise<void> {
  session.busy = true;
  session.broken = true;
  const file = await open(uploadFile(store, session.id), "a");
  try {
    await appendStream(file, http.body, session.hash, (bytes) => {
      session.bytes += bytes;
    });
    session.broken = false;
  } finally {
    session.busy = false;
    await file.close();
  }
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
