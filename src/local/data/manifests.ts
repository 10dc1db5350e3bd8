import { maxManifestBytes } from "../../oci/manifest.ts";
import { type Digest, isDigest, isTag } from "../../oci/reference.ts";
import { readContent } from "../content.ts";
import { deletionOf, specDeletionOf } from "../deletion.ts";
import { type HttpAnswer, type HttpRequest, readBody } from "../http.ts";
import { pushImage } from "../push.ts";
import { invalidParameter, Refusal, referencedByList } from "../refusal.ts";
import { type Image, parentsOf, statusOf } from "../repository.ts";
import { commit, findImage, openRegistry } from "../state.ts";
import { errorAnswer } from "./registry-error.ts";
import type { RegistryHandler, RegistryRequest } from "./request.ts";

const missing = "Requested image not found";

/** Pull times are written no finer than this; ECR itself promises a day. */
const pullPrecision = 60_000;

interface Named {
  readonly digest?: Digest;
  readonly tag?: string;
}

export const headManifest = withName((request, named) => {
  const image = pullable(request, named);
  return {
    status: 200,
    headers: { ...describe(image), "content-length": String(image.manifestBytes) },
  };
});

/** GET: a pull, and recorded as one. The manifest comes as it was pushed, whatever the client accepts. */
export const readManifest = withName(async (request, named) => {
  const { state } = request.plane;
  const image = pullable(request, named);
  const body = await readContent(state.content, image.digest);
  recordPull(request, image.digest);
  return { status: 200, headers: describe(image), body };
});

/** Where the image is now, if it still is anywhere: who reads late is shown what was. */
function recordPull({ plane, repository: { name } }: RegistryRequest, digest: Digest): void {
  const { state } = plane;
  const registry = openRegistry(state, plane.registry.account, plane.registry.region);
  const repository = registry.repositories.get(name);
  const image = repository?.images.get(digest);
  const at = state.now();
  if (!repository || !image || at - (image.pulledAt ?? 0) < pullPrecision) return;
  commit(registry, repository, [{ did: "pull", digest, at }]);
}

export const putManifest = withName(async ({ plane, repository, http }, { digest, tag }) => {
  const { spec } = plane.state;
  const bytes = await readBody(http.body, maxManifestBytes);
  if (!bytes) return tooLarge(spec);
  const tags = tag === undefined && spec ? extraTags(http) : [tag ?? []].flat();
  const illegal = tags.find((name) => !isTag(name));
  if (illegal !== undefined) return illegalReference(illegal);
  const mediaType = http.header("content-type")?.split(";")[0]?.trim();
  const pushed = await pushImage(
    { ...plane, repository },
    { bytes, mediaType: mediaType === "application/json" ? undefined : mediaType, tags, digest },
  );
  const told = {
    "docker-content-digest": pushed.digest,
    ...(pushed.subject !== undefined && { "oci-subject": pushed.subject }),
  };
  // ECR tells neither of these.
  const bySpec = spec && {
    location: `/v2/${repository.name}/manifests/${pushed.digest}`,
    ...(tag === undefined && tags.length > 0 && { "oci-tag": tags.join(", ") }),
  };
  return { status: 201, headers: { ...told, ...bySpec } };
});

/** `?tag=…`, several times: the specification after 1.1.1 lets one push by digest set its tags too. */
function extraTags({ query }: HttpRequest): string[] {
  return [...new Set(query.getAll("tag"))];
}

function tooLarge(spec: boolean): HttpAnswer {
  const refusal = invalidParameter(
    "ImageManifest",
    `must have length less than or equal to ${maxManifestBytes}`,
  );
  if (!spec) throw refusal;
  return errorAnswer(413, "SIZE_INVALID", refusal.message);
}

export const deleteManifest = withName((request, named) => {
  const { plane, repository } = request;
  const image = findImage(plane.registry, repository, named);
  const events = plane.state.spec
    ? specDeletionOf(image, named.tag)
    : deletionOf(repository, image, named.tag);
  if (events === "referenced") {
    const parents = parentsOf(repository, image.digest);
    throw new Refusal("ImageReferencedByManifestListException", referencedByList(parents));
  }
  commit(plane.registry, repository, events);
  return { status: 202 };
});

/** A name that cannot be is refused; by the specification nothing is there to be read under it, and that is all. */
function withName(
  handle: (request: RegistryRequest, named: Named) => HttpAnswer | Promise<HttpAnswer>,
): RegistryHandler {
  return (request) => {
    const { reference } = request;
    if (isDigest(reference)) return handle(request, { digest: reference });
    if (isTag(reference)) return handle(request, { tag: reference });
    const { plane, http } = request;
    const isNothing = plane.state.spec && ["GET", "HEAD"].includes(http.method);
    return isNothing && !reference.includes(":")
      ? errorAnswer(404, "MANIFEST_UNKNOWN", missing)
      : illegalReference(reference);
  };
}

/** An image in the archive cannot be pulled, and nor can one on its way back. */
function pullable({ plane, repository }: RegistryRequest, named: Named): Image {
  const image = findImage(plane.registry, repository, named);
  if (statusOf(image, plane.state.now()) === "ACTIVE") return image;
  throw new Refusal("ImageNotFoundException", missing);
}

function illegalReference(reference: string): HttpAnswer {
  return reference.includes(":")
    ? errorAnswer(400, "DIGEST_INVALID", "The digest is not valid")
    : errorAnswer(400, "TAG_INVALID", `The image tag '${reference}' is not valid`);
}

function describe({ mediaType, digest }: Image): Record<string, string> {
  return { "content-type": mediaType, "docker-content-digest": digest };
}
