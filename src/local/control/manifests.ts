import { type Digest, isDigest, isTag } from "../../oci/reference.ts";
import { readContent } from "../content.ts";
import { deletionOf } from "../deletion.ts";
import { pushImage } from "../push.ts";
import { invalidParameter, Refusal, referencedByList } from "../refusal.ts";
import { type Image, parentsOf, type Repository, statusOf } from "../repository.ts";
import { commit } from "../state.ts";
import { type Operations, operation, type Place, placeOf, placeOfPush } from "./call.ts";
import { imageIds, imageTag, inRepository, mediaType } from "./fields.ts";
import { nameOf } from "./repositories.ts";
import { type Checked, list, optional, shape, text } from "./shape.ts";

type ImageId = Checked<typeof imageIds>[number];

interface Failure {
  readonly imageId: object;
  readonly failureCode: string;
  readonly failureReason: string;
}

/** Operations that carry or remove manifests. */
export const manifestOperations: Operations = {
  PutImage: operation(
    shape({
      ...inRepository,
      imageManifest: text({ min: 1, max: 4_194_304 }),
      imageManifestMediaType: optional(mediaType),
      imageTag: optional(imageTag),
      imageDigest: optional(text()),
    }),
    async (input, call) => putImage(await placeOfPush(call, input), input),
  ),

  BatchGetImage: operation(
    shape({ ...inRepository, imageIds, acceptedMediaTypes: optional(list(mediaType, 1, 100)) }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const accepted = input.acceptedMediaTypes;
      const found = input.imageIds.map((id) => {
        const image = lookUp(place.repository, id);
        // ECR would convert some images; here they stay as they were pushed.
        if (!("digest" in image)) return image;
        if (statusOf(image, place.state.now()) !== "ACTIVE") return inaccessible(id);
        return accepted && !accepted.includes(image.mediaType) ? notFound(id) : image;
      });
      const images = input.imageIds.flatMap((id, at) => {
        const image = found[at];
        return image && "digest" in image ? [answerImages(place, id, image)] : [];
      });
      return { images: (await Promise.all(images)).flat(), failures: found.filter(isFailure) };
    },
  ),

  BatchDeleteImage: operation(shape({ ...inRepository, imageIds }), async (input, call) => {
    const place = await placeOf(call, input);
    // What two ids name is there for both of them: all are looked up before anything goes.
    const named = input.imageIds.map((id) => ({ id, image: lookUp(place.repository, id) }));
    const outcomes = named.map(({ id, image }) =>
      "digest" in image ? deleteImage(place, id, image) : image,
    );
    return {
      imageIds: outcomes.flatMap((outcome) => ("deleted" in outcome ? outcome.deleted : [])),
      failures: outcomes.filter(isFailure),
    };
  }),
};

async function putImage(
  place: Place,
  input: {
    readonly imageManifest: string;
    readonly imageManifestMediaType?: string | undefined;
    readonly imageTag?: string | undefined;
    readonly imageDigest?: string | undefined;
  },
): Promise<object> {
  const { imageManifest, imageManifestMediaType, imageTag: tag, imageDigest: digest } = input;
  if (tag !== undefined && !isTag(tag)) throw invalidParameter("imageTag", "Invalid image tag");
  if (digest !== undefined && !isDigest(digest)) {
    throw invalidParameter("imageDigest", "Invalid image digest");
  }
  const bytes = Buffer.from(imageManifest);
  const pushed = await pushImage(place, {
    bytes,
    mediaType: imageManifestMediaType,
    ...(tag !== undefined && { tags: [tag] }),
    digest,
  });
  const { registry, repository } = place;
  if (pushed.unchanged) {
    throw new Refusal(
      "ImageAlreadyExistsException",
      `Image with digest '${pushed.digest}' and tag '${tag ?? null}' already exists in the repository with name '${repository.name}' in registry with id '${registry.account}'`,
    );
  }
  return {
    image: {
      ...nameOf(registry, repository),
      imageId: { imageDigest: pushed.digest, ...(tag !== undefined && { imageTag: tag }) },
      imageManifest,
      imageManifestMediaType: pushed.mediaType,
    },
  };
}

/** By its digest alone, an image is answered once for each of its tags. */
async function answerImages(place: Place, id: ImageId, image: Image): Promise<object[]> {
  const tags = tagsNamed(id, image);
  const bytes = await readContent(place.state.content, image.digest);
  return idsOf(image, tags).map((imageId) => ({
    ...nameOf(place.registry, place.repository),
    imageId,
    imageManifest: bytes.toString("utf8"),
    imageManifestMediaType: image.mediaType,
  }));
}

function tagsNamed({ imageTag }: Pick<ImageId, "imageTag">, { tags }: Image): string[] {
  return imageTag === undefined ? [...tags] : [imageTag];
}

/** An id for each tag, or one without a tag. */
function idsOf({ digest: imageDigest }: Image, tags: readonly string[]): object[] {
  if (tags.length === 0) return [{ imageDigest }];
  return tags.map((imageTag) => ({ imageDigest, imageTag }));
}

/** The image that an id names, or ECR's reason why there is none. */
function lookUp(repository: Repository, id: ImageId): Image | Failure {
  const illegal = illegalId(id);
  if (illegal) return illegal;
  const tagged = id.imageTag === undefined ? undefined : repository.tags.get(id.imageTag);
  const digest = (id.imageDigest ?? tagged) as Digest | undefined;
  const image = digest === undefined ? undefined : repository.images.get(digest);
  if (id.imageTag !== undefined && tagged === undefined) return notFound(id);
  if (tagged === undefined || tagged === digest) return image ?? notFound(id);
  const reason = `${invalidRequest} given tag does not map to the given digest`;
  return failure(id, "ImageTagDoesNotMatchDigest", reason);
}

const invalidRequest = "Invalid request parameters:";

function illegalId(id: ImageId): Failure | undefined {
  const { imageDigest: digest, imageTag: tag } = id;
  if (digest === undefined && tag === undefined) {
    const reason = `${invalidRequest} both tag and digest cannot be null`;
    return failure(id, "MissingDigestAndTag", reason);
  }
  if (digest !== undefined && !isDigest(digest)) {
    const reason = `${invalidRequest} image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`;
    return failure(id, "InvalidImageDigest", reason);
  }
  if (tag !== undefined && !isTag(tag)) {
    return failure(id, "InvalidImageTag", `${invalidRequest} image tag is not valid`);
  }
  return undefined;
}

/** What an earlier id of the same request took is not told again. */
function deleteImage(
  { registry, repository }: Place,
  id: ImageId,
  { digest }: Image,
): Failure | { readonly deleted: readonly object[] } {
  // A digest takes the image with all its tags, whichever tag stands beside it.
  const tag = id.imageDigest === undefined ? id.imageTag : undefined;
  const image = repository.images.get(digest);
  if (!image || (tag !== undefined && !image.tags.has(tag))) return { deleted: [] };
  const events = deletionOf(repository, image, tag);
  if (events === "referenced") {
    const reason = referencedByList(parentsOf(repository, digest));
    return failure(id, "ImageReferencedByManifestList", reason);
  }
  const deleted = idsOf(image, tagsNamed({ imageTag: tag }, image));
  commit(registry, repository, events);
  return { deleted };
}

function isFailure(value: object): value is Failure {
  return "failureCode" in value;
}

function notFound(id: ImageId): Failure {
  return failure(id, "ImageNotFound", "Requested image not found");
}

function inaccessible(id: ImageId): Failure {
  return failure(id, "ImageInaccessible", "Requested image is archived");
}

function failure(imageId: ImageId, failureCode: string, failureReason: string): Failure {
  return { imageId, failureCode, failureReason };
}
