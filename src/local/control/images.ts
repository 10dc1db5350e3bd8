import { isDigest, isTag } from "../../oci/reference.ts";
import { invalidParameter } from "../refusal.ts";
import { type Image, type Repository, statusOf } from "../repository.ts";
import { findImage, type Registry } from "../state.ts";
import { type Operations, operation, type Place, placeOf, seconds } from "./call.ts";
import { imageFilter, imageIds, inRepository, maxResults, nextToken } from "./fields.ts";
import { numberKey, pageOf } from "./paging.ts";
import { nameOf, verifyNoPaging } from "./repositories.ts";
import { scanDetails } from "./scan-details.ts";
import { type Checked, optional, shape } from "./shape.ts";

type Filter = Checked<typeof imageFilter>;

/** Questions about images. */
export const imageOperations: Operations = {
  ListImages: operation(
    shape({ ...inRepository, nextToken, maxResults, filter: imageFilter }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      const entries = wantedImages(repository, input.filter, call.state.now()).flatMap(listEntries);
      const { items, ...more } = pageOf(
        {
          secret: call.state.secret,
          scope: `image ids ${registry.account} ${repository.name} ${JSON.stringify(input.filter)}`,
          items: entries,
          keyOf: ({ key }) => key,
        },
        input,
      );
      return { imageIds: items.map(({ id }) => id), ...more };
    },
  ),

  DescribeImages: operation(
    shape({
      ...inRepository,
      imageIds: optional(imageIds),
      nextToken,
      maxResults,
      filter: imageFilter,
    }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const { registry, repository } = place;
      const now = call.state.now();
      if (input.imageIds) {
        verifyNoPaging("imageIds", input);
        const found = input.imageIds.map((id) => imageById(registry, repository, id));
        const wished = input.filter?.imageStatus ?? "ANY";
        const images = [...new Set(found)].filter(
          (image) => wished === "ANY" || wished === statusOf(image, now),
        );
        return { imageDetails: images.map((image) => describe(place, image)) };
      }
      const { items, ...more } = pageOf(
        {
          secret: call.state.secret,
          scope: `images ${registry.account} ${repository.name} ${JSON.stringify(input.filter)}`,
          items: wantedImages(repository, input.filter, now),
          keyOf: ({ sequence }) => numberKey(sequence),
        },
        input,
      );
      const imageDetails = items.map((image) => describe(place, image));
      return { imageDetails, ...more };
    },
  ),
};

/** Without a wish for a status only active images are shown. */
function wantedImages(repository: Repository, filter: Filter, now: number): Image[] {
  const { tagStatus = "ANY", imageStatus = "ACTIVE" } = filter ?? {};
  return [...repository.images.values()].filter(
    (image) =>
      (imageStatus === "ANY" || imageStatus === statusOf(image, now)) &&
      (tagStatus === "ANY" || image.tags.size > 0 === (tagStatus === "TAGGED")),
  );
}

/** An entry for each tag, or one without a tag. */
function listEntries({ digest, tags, sequence }: Image) {
  const at = numberKey(sequence);
  if (tags.size === 0) return [{ key: at, id: { imageDigest: digest } }];
  return [...tags]
    .sort()
    .map((tag) => ({ key: `${at} ${tag}`, id: { imageDigest: digest, imageTag: tag } }));
}

/**
 * The image by digest or tag. Throws InvalidParameterException of an id that is none, ImageNotFoundException of one
 * that is not there.
 */
export function imageById(
  registry: Registry,
  repository: Repository,
  { imageDigest: digest, imageTag: tag }: Checked<typeof imageIds>[number],
): Image {
  if (digest === undefined && tag === undefined) {
    throw invalidParameter("imageIds", "imageDigest or imageTag must be given");
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw invalidParameter("imageDigest", "Invalid image digest");
  }
  if (tag !== undefined && !isTag(tag)) throw invalidParameter("imageTag", "Invalid image tag");
  return findImage(registry, repository, { digest, tag });
}

function describe(place: Place, image: Image): object {
  const { state, registry, repository } = place;
  const { tags, artifactType, subject, pulledAt, archivedAt, activatedAt } = image;
  const status = statusOf(image, state.now());
  return {
    ...nameOf(registry, repository),
    imageDigest: image.digest,
    ...(tags.size > 0 && { imageTags: [...tags] }),
    imageSizeInBytes: image.size,
    imagePushedAt: seconds(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    ...(artifactType !== undefined && { artifactMediaType: artifactType }),
    ...(subject !== undefined && { subjectManifestDigest: subject }),
    ...(pulledAt !== undefined && { lastRecordedPullTime: seconds(pulledAt) }),
    ...scanDetails(place, image),
    imageStatus: status,
    ...(archivedAt !== undefined && { lastArchivedAt: seconds(archivedAt) }),
    ...(activatedAt !== undefined &&
      status !== "ACTIVATING" && { lastActivatedAt: seconds(activatedAt) }),
  };
}
