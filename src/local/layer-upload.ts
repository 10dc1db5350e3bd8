import { rm } from "node:fs/promises";
import type { Digest } from "../oci/reference.ts";
import { algorithmOf, digestSoFar, hashFile, keepFile, uploadFile } from "./content.ts";
import type { Repository } from "./repository.ts";
import type { Session } from "./sessions.ts";
import { commit, type Registry, type State } from "./state.ts";

export interface LayerPlace {
  readonly state: State;
  readonly registry: Registry;
  readonly repository: Repository;
}

/** Keeps what was uploaded as a layer, if it is what the client says; else drops it and answers `false`. */
export async function keepLayer(
  { state, registry, repository }: LayerPlace,
  session: Session,
  digest: Digest,
): Promise<boolean> {
  const file = uploadFile(state.content, session.id);
  if ((await digestOfUpload(session, file, digest)) !== digest) {
    await rm(file, { force: true });
    return false;
  }
  await keepFile(state.content, file, digest);
  if (!repository.layers.has(digest)) {
    const layer = { digest, size: session.bytes, addedAt: state.now() };
    commit(registry, repository, [{ did: "add-layer", layer }]);
  }
  return true;
}

async function digestOfUpload(session: Session, file: string, wanted: Digest): Promise<Digest> {
  const algorithm = algorithmOf(wanted);
  return session.algorithm === algorithm
    ? digestSoFar(session.hash, algorithm)
    : await hashFile(file, algorithm);
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
