import { Readable } from "node:stream";
import { type Digest, isDigest } from "../../oci/reference.ts";
import { storagePath } from "../data/storage.ts";
import { beginUpload, findUpload, keepLayer, partTooSmall, takePart } from "../layer-upload.ts";
import { invalidParameter, Refusal } from "../refusal.ts";
import type { Session } from "../sessions.ts";
import { signStorage } from "../tokens.ts";
import { type Operations, operation, type Place, placeOf, placeOfPush } from "./call.ts";
import { inRepository, layerDigest } from "./fields.ts";
import { archivedLayers } from "./layers.ts";
import { nameOf } from "./repositories.ts";
import { integer, list, shape, text } from "./shape.ts";

/** What ECR tells clients to send at once. */
const partSize = 20_971_520;

const uploadId = text({
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
});
const place = integer(0, Number.MAX_SAFE_INTEGER);

/** How the API itself takes layers; docker never asks it. */
export const layerUploadOperations: Operations = {
  InitiateLayerUpload: operation(shape(inRepository), async (input, call) => {
    const place = await placeOfPush(call, input);
    const { id } = await beginUpload(place);
    return { uploadId: id, partSize };
  }),

  UploadLayerPart: operation(
    shape({
      ...inRepository,
      uploadId,
      partFirstByte: place,
      partLastByte: place,
      layerPartBlob: text(),
    }),
    async (input, call) => {
      const where = await placeOf(call, input);
      const session = findSession(where, input.uploadId);
      const bytes = Buffer.from(input.layerPartBlob, "base64");
      verifyPart(where, session, { ...input, bytes: bytes.length });
      await takePart(where, session, Readable.from([bytes], { objectMode: false }));
      return { ...namesOf(where, session), lastByteReceived: session.bytes - 1 };
    },
  ),

  CompleteLayerUpload: operation(
    shape({ ...inRepository, uploadId, layerDigests: list(layerDigest, 1, 100) }),
    async (input, call) => {
      const where = await placeOf(call, input);
      const session = findSession(where, input.uploadId);
      const digest = await complete(where, session, input.layerDigests);
      return { ...namesOf(where, session), layerDigest: digest };
    },
  ),

  GetDownloadUrlForLayer: operation(
    shape({ ...inRepository, layerDigest }),
    async (input, call) => {
      const where = await placeOf(call, input);
      const { state, registry, repository } = where;
      const digest = input.layerDigest as Digest;
      if (!repository.layers.has(digest)) {
        throw refuse(
          where,
          "LayersNotFoundException",
          `Layers with digests '[${digest}]' do not exist`,
        );
      }
      if (archivedLayers(repository).has(digest)) {
        throw refuse(
          where,
          "LayerInaccessibleException",
          `The layer with digest '${digest}' is archived`,
        );
      }
      const path = storagePath(registry, digest);
      const query = signStorage(state.secret, path, state.now());
      return { downloadUrl: `${state.storage.origin}${path}?${query}`, layerDigest: digest };
    },
  ),
};

function findSession(where: Place, id: string): Session {
  const session = findUpload(where, id);
  if (session && !session.busy) return session;
  throw refuse(where, "UploadNotFoundException", `The upload with id '${id}' does not exist`);
}

/** Parts come in order, without holes, and are as long as they say. */
function verifyPart(
  where: Place,
  session: Session,
  part: { readonly partFirstByte: number; readonly partLastByte: number; readonly bytes: number },
): void {
  const { partFirstByte: first, partLastByte: last, bytes } = part;
  if (last < first || last - first + 1 !== bytes) {
    throw invalidParameter(
      "layerPartBlob",
      `must have the length of the bytes ${first} to ${last}`,
    );
  }
  if (bytes > partSize)
    throw invalidParameter("layerPartBlob", `must be at most ${partSize} bytes`);
  if (first !== session.bytes) {
    const fields = { ...namesOf(where, session), lastValidByteReceived: session.bytes - 1 };
    const message = `First byte of the layer part is ${first} instead of ${session.bytes}`;
    throw new Refusal("InvalidLayerPartException", message, fields);
  }
}

async function complete(
  where: Place,
  session: Session,
  digests: readonly string[],
): Promise<Digest> {
  if (session.bytes === 0) throw refuse(where, "EmptyUploadException", "The upload has no parts");
  if (session.hasSmallPart) throw new Refusal("LayerPartTooSmallException", partTooSmall);
  where.registry.uploads.delete(session.id);
  const kept = await keepLayer(where, session, digests.filter(isDigest));
  if (kept === undefined) {
    const message = "None of the provided layer digests match the calculated layer digest";
    throw refuse(where, "InvalidLayerException", message);
  }
  if (kept.wasThere) {
    const message = `Layer with digest '${kept.digest}' already exists`;
    throw refuse(where, "LayerAlreadyExistsException", message);
  }
  return kept.digest;
}

function namesOf({ registry, repository }: Place, { id }: Session): object {
  return { ...nameOf(registry, repository), uploadId: id };
}

function refuse(
  { registry, repository }: Place,
  type: ConstructorParameters<typeof Refusal>[0],
  message: string,
): Refusal {
  const where = `in the repository with name '${repository.name}' in the registry with id '${registry.account}'`;
  return new Refusal(type, `${message} ${where}`);
}
