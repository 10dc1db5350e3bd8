import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { Digest } from "../oci/reference.ts";
import {
  algorithmOf,
  appendStream,
  type ByteSource,
  createUploadFile,
  digestSoFar,
  hashFile,
  keepFile,
  uploadFile,
} from "./content.ts";
import type { Repository } from "./repository.ts";
import { createSession, type Session } from "./sessions.ts";
import { commit, type Registry, type State } from "./state.ts";

export interface LayerPlace {
  readonly state: State;
  readonly registry: Registry;
  readonly repository: Repository;
}

/** How long nobody may go on with an upload, by the server's clock. */
const idleLimit = 86_400_000;

/**
 * What every part but the last must have, by either plane (dotnet/sdk-container-builds#279, by the AWS .NET team).
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
 */
const smallestPart = 5 * 1024 * 1024;

/** ECR's sentence about such a part, as CloudTrail showed it (dotnet/sdk-container-builds#424). */
export const partTooSmall = "All layer parts except the last part should be at least 5MB";

/** A new upload. Those of the registry that nobody goes on with make room. */
export async function beginUpload(place: LayerPlace): Promise<Session> {
  const { state, registry, repository } = place;
  await dropUploads(place, (session) => isIdle(session, state.now()));
  const id = randomUUID();
  await createUploadFile(state.content, id);
  const named = { id, repository: repository.name, usedAt: state.now() };
  const session = createSession(named, "sha256");
  registry.uploads.set(id, session);
  return session;
}

/** The repository's upload of this id, which is in use from now on. */
export function findUpload(
  { state, registry, repository }: LayerPlace,
  id: string,
): Session | undefined {
  const session = registry.uploads.get(id);
  if (session?.repository !== repository.name || isIdle(session, state.now())) return undefined;
  session.usedAt = state.now();
  return session;
}

function isIdle({ busy, usedAt }: Session, now: number): boolean {
  return !busy && now - usedAt > idleLimit;
}

/** Ends all uploads of a registry that `isOver` wants ended, with what they brought. */
export async function dropUploads(
  { state, registry }: Pick<LayerPlace, "state" | "registry">,
  isOver: (session: Session) => boolean,
): Promise<void> {
  const over = [...registry.uploads.values()].filter(isOver);
  for (const { id } of over) registry.uploads.delete(id);
  for (const { id } of over) await rm(uploadFile(state.content, id), { force: true });
}

/**
 * Takes the next part of an upload. Throws what broke the source, after which the upload may go on, or what kept a byte
 * from the disk. Then the upload ends: its hash knows of bytes that its file lacks, and would vouch for them.
 */
export async function takePart(
  { state, registry }: Pick<LayerPlace, "state" | "registry">,
  session: Session,
  source: ByteSource,
): Promise<void> {
  const before = session.bytes;
  session.busy = true;
  session.broken = true;
  try {
    const file = await open(uploadFile(state.content, session.id), "a");
    try {
      await appendStream(file, source, session.hash, (bytes) => {
        session.bytes += bytes;
      });
      session.broken = false;
      measurePart(session, session.bytes - before);
    } catch (error) {
      const { size } = await file.stat();
      if (size !== session.bytes) await dropUploads({ state, registry }, (one) => one === session);
      throw error;
    } finally {
      await file.close();
    }
  } finally {
    session.busy = false;
  }
}

/** Nobody knows which part is the last before the end: docker ends an upload with an empty one. */
function measurePart(session: Session, bytes: number): void {
  if (bytes === 0) return;
  session.hasSmallPart ||= (session.lastPart ?? smallestPart) < smallestPart;
  session.lastPart = bytes;
}

/** A layer that was uploaded, and whether the repository had it before. */
export interface KeptLayer {
  readonly digest: Digest;
  readonly wasThere: boolean;
}

/** Keeps what was uploaded as a layer, under that of the digests which is right; else drops it. */
export async function keepLayer(
  { state, registry, repository }: LayerPlace,
  session: Session,
  digests: readonly Digest[],
): Promise<KeptLayer | undefined> {
  const file = uploadFile(state.content, session.id);
  const digest = await rightDigest(session, file, digests);
  if (digest === undefined) {
    await rm(file, { force: true });
    return undefined;
  }
  await keepFile(state.content, file, digest);
  const wasThere = repository.layers.has(digest);
  if (!wasThere) {
    const layer = { digest, size: session.bytes, addedAt: state.now() };
    commit(registry, repository, [{ did: "add-layer", layer }]);
  }
  const kept = { digest, wasThere };
  registry.watch?.uploaded(registry, repository.name, kept);
  return kept;
}

async function rightDigest(
  session: Session,
  file: string,
  digests: readonly Digest[],
): Promise<Digest | undefined> {
  for (const algorithm of new Set(digests.map(algorithmOf))) {
    const digest =
      session.algorithm === algorithm
        ? digestSoFar(session.hash, algorithm)
        : await hashFile(file, algorithm);
    if (digests.includes(digest)) return digest;
  }
  return undefined;
}

/**
 * Makes a layer of one repository one of another, without its bytes being sent. Only what an image of the source uses,
 * and only under the same encryption; `false` when it cannot be. By the specification any repository that has it will
 * do when none is named.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
 */
export function mountLayer(
  { state, registry, repository }: LayerPlace,
  digest: Digest,
  from: string,
): boolean {
  const source =
    state.spec && from === "" ? holderOf(registry, digest) : registry.repositories.get(from);
  const layer = source?.layers.get(digest);
  if (!source || !layer || !isSameEncryption(source, repository)) return false;
  const isUsed = [...source.images.values()].some(({ layers }) => layers.includes(digest));
  if (!isUsed && !state.spec) return false;
  if (!repository.layers.has(digest)) {
    const mounted = { digest, size: layer.size, addedAt: state.now() };
    commit(registry, repository, [{ did: "add-layer", layer: mounted }]);
  }
  return true;
}

function holderOf({ repositories }: Registry, digest: Digest): Repository | undefined {
  return [...repositories.values()].find(({ layers }) => layers.has(digest));
}

function isSameEncryption({ encryption: one }: Repository, { encryption: other }: Repository) {
  return one.type === other.type && one.kmsKey === other.kmsKey;
}
