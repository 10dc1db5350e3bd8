import { parseManifest } from "../../oci/manifest.ts";
import { isDigest } from "../../oci/reference.ts";
import { readContent } from "../content.ts";
import { invalidParameter } from "../refusal.ts";
import { type Image, statusOf } from "../repository.ts";
import { type Operations, operation, type Place, placeOf } from "./call.ts";
import { imageStatus, inRepository, nextToken } from "./fields.ts";
import { numberKey, pageOf } from "./paging.ts";
import { integer, list, optional, shape, text } from "./shape.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html */
export const imageReferrerOperations: Operations = {
  ListImageReferrers: operation(
    shape({
      ...inRepository,
      subjectId: shape({ imageDigest: text() }),
      filter: optional(
        shape({
          artifactTypes: optional(list(text({ min: 1, max: 255 }), 0, 5)),
          artifactStatus: optional(imageStatus),
        }),
      ),
      nextToken,
      maxResults: optional(integer(1, 50)),
    }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const { state, registry, repository } = place;
      const subject = input.subjectId.imageDigest;
      if (!isDigest(subject)) throw invalidParameter("imageDigest", "Invalid image digest");
      const { artifactTypes = [], artifactStatus = "ACTIVE" } = input.filter ?? {};
      const referrers = [...repository.images.values()].filter(
        (image) =>
          image.subject === subject &&
          (artifactTypes.length === 0 || artifactTypes.includes(image.artifactType ?? "")) &&
          (artifactStatus === "ANY" || artifactStatus === statusOf(image, state.now())),
      );
      const { items, ...more } = pageOf(
        {
          secret: state.secret,
          scope: `referrers ${registry.account} ${repository.name} ${subject} ${JSON.stringify(input.filter)}`,
          items: referrers,
          keyOf: ({ sequence }) => numberKey(sequence),
        },
        { ...input, maxResults: input.maxResults ?? 20 },
      );
      return {
        referrers: await Promise.all(items.map((image) => describe(place, image))),
        ...more,
      };
    },
  ),
};

async function describe({ state }: Place, image: Image): Promise<object> {
  const { digest, mediaType: type, manifestBytes: size, artifactType } = image;
  const { annotations } = parseManifest(await readContent(state.content, digest), type);
  return {
    digest,
    mediaType: type,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    artifactStatus: statusOf(image, state.now()),
  };
}
