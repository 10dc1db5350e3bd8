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
        return image && "digest" in image ? [answerImage(place, id, image)] : [];
      });
      return { images: await Promise.all(images), failures: found.filter(isFailure) };
    },
  ),

  BatchDeleteImage: operation(shape({ ...inRepository, imageIds }), async (input, call) => {
    const place = await placeOf(call, input);
    const outcomes = input.imageIds.map((id) => deleteImage(place, id));
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

async function answerImage(place: Place, id: ImageId, image: Image): Promise<object> {
  const bytes = await readContent(place.state.content, image.digest);
  return {
    ...nameOf(place.registry, place.repository),
    imageId: { imageDigest: image.digest, ...(id.imageTag && { imageTag: id.imageTag }) },
    imageManifest: bytes.toString("utf8"),
    imageManifestMediaType: image.mediaType,
  };
}

/** The image that an id names, or ECR's reason why there is none. */
function lookUp(repository: Repository, id: ImageId): Image | Failure {
  const illegal = illegalId(id);
  if (illegal) return illegal;
  const tagged = id.imageTag === undefined ? undefined : repository.tags.get(id.imageTag);
  const digest = (id.imageDigest ?? tagged) as Digest | undefined;
  const image = digest === undefined ? undefined : repository.images.get(digest);
  if (!image || id.imageTag === undefined || tagged === digest) return image ?? notFound(id);
  if (tagged === undefined) return notFound(id);
  return failure(id, "ImageTagDoesNotMatchDigest", "Requested image tag does not match the digest");
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

function deleteImage(
  { registry, repository }: Place,
  id: ImageId,
): Failure | { readonly deleted: readonly object[] } {
  const image = lookUp(repository, id);
  if (!("digest" in image)) return image;
  const { digest } = image;
  // A digest takes the image with all its tags, whichever tag stands beside it.
  const tag = id.imageDigest === undefined ? id.imageTag : undefined;
  const events = deletionOf(repository, image, tag);
  if (events === "referenced") {
    const reason = referencedByList(parentsOf(repository, digest));
    return failure(id, "ImageReferencedByManifestList", reason);
  }
  const tags = tag === undefined ? [...image.tags] : [tag];
  commit(registry, repository, events);
  if (tags.length === 0) return { deleted: [{ imageDigest: digest }] };
  return { deleted: tags.map((imageTag) => ({ imageDigest: digest, imageTag })) };
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
