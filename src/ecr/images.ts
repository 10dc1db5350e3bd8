import {
  BatchGetImageCommand,
  type ImageDetail,
  type ImageFailure,
  PutImageCommand,
  type Image as SdkImage,
  type TagStatus,
} from "@aws-sdk/client-ecr";
import { isNamed } from "../aws/errors.ts";
import { ask } from "../aws/request.ts";
import { SlipwayError } from "../errors.ts";
import { manifestMediaTypes } from "../oci/manifest.ts";
import { inChunks } from "../oci/parallel.ts";
import { isDigest } from "../oci/reference.ts";
import { describeImages } from "./describe-images.ts";
import { inWords, questionAbout, type Session } from "./session.ts";
import type { Ecr, FoundManifest, ImageId, ImageSummary, RepositoryId } from "./types.ts";

/** The most that ECR takes in one BatchGetImage. */
const idsPerCall = 100;

/** What is asked about images, as `Ecr` in types.ts describes it. */
export function imageQuestions(
  session: Session,
): Pick<Ecr, "taggedImages" | "digests" | "manifests" | "tag"> {
  const { principal, signal } = session;
  const described = async (id: RepositoryId, tagStatus: TagStatus) =>
    (await describeImages(session, id, { tagStatus, imageStatus: "ANY" }, summary)) ?? [];
  return {
    taggedImages: (id) => described(id, "TAGGED"),
    async digests(id) {
      return (await described(id, "ANY")).map(({ digest }) => digest);
    },
    async manifests(id, images) {
      const question = questionAbout("BatchGetImage", id, principal);
      const found = await Promise.all(
        inChunks(images, idsPerCall).map((chunk) =>
          ask(question, signal, () => batchGet(session, id, chunk)),
        ),
      );
      return found.flat();
    },
    tag: (id, tag, manifest) =>
      ask(questionAbout("PutImage", id, principal), signal, () =>
        putTag(session, id, tag, manifest),
      ),
  };
}

async function putTag(
  session: Session,
  id: RepositoryId,
  tag: string,
  manifest: FoundManifest,
): Promise<"tagged" | "already"> {
  const { client, signal, pacePut } = session;
  await pacePut(signal);
  try {
    const command = new PutImageCommand(putting(id, tag, manifest));
    await client.send(command, signal ? { abortSignal: signal } : {});
    return "tagged";
  } catch (error) {
    if (isNamed(error, "ImageAlreadyExistsException")) return "already";
    if (!isNamed(error, "ImageTagAlreadyExistsException")) throw error;
    return await already(session, id, tag, manifest, error);
  }
}

function summary({
  imageDigest,
  imageTags,
  imageStatus,
  imagePushedAt,
}: ImageDetail): ImageSummary[] {
  if (imageDigest === undefined || !isDigest(imageDigest)) return [];
  const pushedAt = (imagePushedAt ?? new Date(0)).toISOString();
  return [
    { digest: imageDigest, tags: imageTags ?? [], status: imageStatus ?? "ACTIVE", pushedAt },
  ];
}

async function batchGet(
  session: Session,
  id: RepositoryId,
  images: readonly ImageId[],
): Promise<FoundManifest[]> {
  const { client, signal } = session;
  const answer = await client.send(
    new BatchGetImageCommand({
      registryId: id.registryId,
      repositoryName: id.name,
      imageIds: images.map((image) =>
        "tag" in image ? { imageTag: image.tag } : { imageDigest: image.digest },
      ),
      acceptedMediaTypes: [...manifestMediaTypes], // else ECR may convert what is asked for by tag
    }),
    signal ? { abortSignal: signal } : {},
  );
  const mayBeArchived = new Set(
    images.flatMap((image) => ("tag" in image && image.ifActive ? image.tag : [])),
  );
  const other = answer.failures?.find(({ failureCode, imageId }) =>
    failureCode === "ImageInaccessible"
      ? !mayBeArchived.has(imageId?.imageTag ?? "")
      : failureCode !== "ImageNotFound",
  );
  if (other) throw notGiven(session, id, other);
  return (answer.images ?? []).flatMap(manifestOf);
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html */
function notGiven(
  { principal: { region } }: Session,
  { name, registryId }: RepositoryId,
  { failureCode, failureReason, imageId: { imageTag, imageDigest } = {} }: ImageFailure,
): SlipwayError {
  const registry = registryId === undefined ? "" : ` --registry-id ${registryId}`;
  const image = imageTag === undefined ? `imageDigest=${imageDigest}` : `imageTag=${imageTag}`;
  const restoring = [
    `aws ecr update-image-storage-class --region ${region}${registry} --repository-name ${name} --image-id ${image} --target-storage-class STANDARD`,
    "run the same command again when it is restored, in 20 minutes at the most",
  ];
  return new SlipwayError(
    "AWS_FAILED",
    `ECR cannot give ${name} ${imageTag ?? imageDigest}: ${failureCode}: ${failureReason}`,
    { suggestions: failureCode === "ImageInaccessible" ? restoring : [] },
  );
}

function manifestOf({ imageId, imageManifest, imageManifestMediaType }: SdkImage): FoundManifest[] {
  const { imageDigest, imageTag } = imageId ?? {};
  if (imageManifest === undefined || imageDigest === undefined || !isDigest(imageDigest)) return [];
  return [
    {
      digest: imageDigest,
      ...(imageTag !== undefined && { tag: imageTag }),
      text: imageManifest,
      mediaType: imageManifestMediaType ?? "",
    },
  ];
}

function putting({ name, registryId }: RepositoryId, tag: string, manifest: FoundManifest) {
  return {
    registryId,
    repositoryName: name,
    imageManifest: manifest.text,
    imageManifestMediaType: manifest.mediaType,
    imageDigest: manifest.digest,
    imageTag: tag,
  };
}

/** ECR refuses a taken immutable tag even for the digest that it has (aws/containers-roadmap#2179). */
async function already(
  session: Session,
  id: RepositoryId,
  tag: string,
  { digest }: FoundManifest,
  cause: unknown,
): Promise<"already"> {
  const [holder] = await batchGet(session, id, [{ tag }]);
  if (holder?.digest === digest) return "already";
  throw new SlipwayError(
    "TAG_IMMUTABLE",
    `tag ${tag} of ${inWords(id, session.principal)} is ${holder?.digest ?? "taken"} and cannot be moved to ${digest}`,
    { cause, suggestions: ["release another version"] },
  );
}
