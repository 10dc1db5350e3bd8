import { Refusal } from "../refusal.ts";
import { type Image, parentsOf, type RepositoryEvent, statusOf } from "../repository.ts";
import { commit } from "../state.ts";
import { type Operations, operation, type Place, placeOf } from "./call.ts";
import { imageId, inRepository } from "./fields.ts";
import { imageById } from "./images.ts";
import { nameOf } from "./repositories.ts";
import { oneOf, shape } from "./shape.ts";

/** ECR takes up to twenty minutes to restore an image. */
const restoreMilliseconds = 60_000;

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html */
export const storageClassOperations: Operations = {
  UpdateImageStorageClass: operation(
    shape({ ...inRepository, imageId, targetStorageClass: oneOf(["STANDARD", "ARCHIVE"]) }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const { registry, repository } = place;
      const image = imageById(registry, repository, input.imageId);
      const events =
        input.targetStorageClass === "ARCHIVE" ? archive(place, image) : restore(place, image);
      commit(registry, repository, events);
      return {
        ...nameOf(registry, repository),
        imageId: {
          imageDigest: image.digest,
          ...(input.imageId.imageTag && { imageTag: input.imageId.imageTag }),
        },
        imageStatus: statusOf(image, place.state.now()),
      };
    },
  ),
};

/** What an index lists stays with it, as lifecycle rules leave it too. */
function archive({ state, repository }: Place, { digest, isArchived }: Image): RepositoryEvent[] {
  const [parent] = parentsOf(repository, digest).filter(
    (index) => !repository.images.get(index)?.isArchived,
  );
  if (parent !== undefined) {
    const message = `The image with digest '${digest}' is referenced by the manifest list '${parent}' and cannot be archived before it`;
    throw new Refusal("ImageStorageClassUpdateNotSupportedException", message);
  }
  return isArchived ? [] : [{ did: "archive", digest, at: state.now() }];
}

function restore({ state }: Place, { digest, isArchived }: Image): RepositoryEvent[] {
  return isArchived ? [{ did: "restore", digest, at: state.now() + restoreMilliseconds }] : [];
}
