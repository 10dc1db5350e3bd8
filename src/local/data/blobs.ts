import { isDigest } from "../../oci/reference.ts";
import type { HttpAnswer } from "../http.ts";
import type { Layer } from "../repository.ts";
import { commit } from "../state.ts";
import { signStorage } from "../tokens.ts";
import { errorAnswer } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";
import { contentAnswer, outside, storagePath } from "./storage.ts";

export function headBlob(request: RegistryRequest): HttpAnswer {
  const layer = findLayer(request);
  if ("status" in layer) return layer;
  return {
    status: 200,
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(layer.size),
      "docker-content-digest": layer.digest,
      "accept-ranges": "bytes",
    },
  };
}

/**
 * As ECR does, sends the client to the storage, which is another host and wants no Authorization header. By the
 * specification the blob comes at once.
 */
export function readBlob(request: RegistryRequest): HttpAnswer {
  const layer = findLayer(request);
  if ("status" in layer) return layer;
  const { state, registry, storagePort } = request.plane;
  if (state.spec) return wholeBlob(request, layer);
  const { protocol, hostname } = new URL(request.http.origin);
  const path = storagePath(registry, layer.digest);
  const query = signStorage(state.secret, path, state.now());
  return {
    status: 307,
    headers: {
      location: `${protocol}//${otherName(hostname)}:${storagePort}${path}?${query}`,
      "docker-content-digest": layer.digest,
    },
  };
}

function wholeBlob({ plane, http }: RegistryRequest, layer: Layer): HttpAnswer {
  const answer = contentAnswer(plane.state, layer, http.header("range"));
  if (answer === "unsatisfiable") {
    const message = `The layer has ${layer.size} bytes and none of this range`;
    return outside(errorAnswer(416, "BLOB_UPLOAD_INVALID", message), layer.size);
  }
  return { ...answer, headers: { ...answer.headers, "docker-content-digest": layer.digest } };
}

/**
 * Another name for this machine, as ECR's storage has another name than the registry: clients written in Go
 * carry Authorization along to any port of the same name.
 */
function otherName(hostname: string): string {
  return hostname === "localhost" ? "127.0.0.1" : "localhost";
}

/** DELETE, as the specification has it. ECR knows layers as parts of images alone. */
export function deleteBlob(request: RegistryRequest): HttpAnswer {
  const { plane, repository } = request;
  if (!plane.state.spec) return errorAnswer(405, "UNSUPPORTED", "The operation is unsupported");
  const layer = findLayer(request);
  if ("status" in layer) return layer;
  commit(plane.registry, repository, [{ did: "drop-layers", digests: [layer.digest] }]);
  return { status: 202 };
}

function findLayer({ repository, reference }: RegistryRequest): Layer | HttpAnswer {
  if (!isDigest(reference)) return errorAnswer(400, "DIGEST_INVALID", "The digest is not valid");
  const layer = repository.layers.get(reference);
  return layer ?? errorAnswer(404, "BLOB_UNKNOWN", "The layer does not exist in the repository");
}
