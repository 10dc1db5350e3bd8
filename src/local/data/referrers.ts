import { mediaTypes, parseManifest } from "../../oci/manifest.ts";
import { isDigest } from "../../oci/reference.ts";
import { readContent } from "../content.ts";
import type { HttpAnswer, HttpRequest } from "../http.ts";
import { type Image, statusOf } from "../repository.ts";
import { errorAnswer } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export async function listReferrers(request: RegistryRequest): Promise<HttpAnswer> {
  const { repository, reference, http } = request;
  if (!isDigest(reference)) return noReferrers(reference, http);
  const wanted = http.query.get("artifactType");
  const images = [...repository.images.values()].filter(
    (image) =>
      image.subject === reference &&
      (wanted === null || image.artifactType === wanted) &&
      statusOf(image, request.plane.state.now()) === "ACTIVE",
  );
  return listing(await Promise.all(images.map((image) => descriptorOf(request, image))), wanted);
}

/** The specification: a registry that has this API never answers 404 to it. */
export function noReferrers(subject: string, { query }: HttpRequest): HttpAnswer {
  if (!isDigest(subject)) return errorAnswer(400, "DIGEST_INVALID", "The digest is not valid");
  return listing([], query.get("artifactType"));
}

function listing(manifests: readonly object[], wanted: string | null): HttpAnswer {
  return {
    status: 200,
    headers: {
      "content-type": mediaTypes.ociIndex,
      ...(wanted !== null && { "oci-filters-applied": "artifactType" }),
    },
    body: JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
  };
}

async function descriptorOf({ plane }: RegistryRequest, image: Image): Promise<object> {
  const { mediaType, digest, manifestBytes: size, artifactType } = image;
  const bytes = await readContent(plane.state.content, digest);
  const { annotations } = parseManifest(bytes, mediaType);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
