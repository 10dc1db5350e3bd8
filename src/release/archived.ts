import type { ImageSummary } from "../ecr/types.ts";
import type { TargetFacts } from "./observed.ts";
import type { Problem } from "./problem.ts";

/** An image in a repository, `ARCHIVED` or on its way back. */
export interface StoredImage extends Pick<ImageSummary, "digest" | "status"> {
  readonly registry: Pick<TargetFacts, "account" | "region">;
  readonly repository: string;
}

/**
 * That an image in ECR's archive cannot be pulled, and what brings it back. `what` names it, such as `tag 1.4.0 is
 * sha256:…, which`. A restoration takes up to 20 minutes, and nobody can hasten it.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html
 */
export function archivedProblem(
  what: string,
  image: StoredImage,
  target: string,
): Problem & { readonly remedy: string } {
  const isOnItsWay = image.status === "ACTIVATING";
  const message = isOnItsWay
    ? `${what} is being restored from the archive and cannot be pulled yet`
    : `${what} is archived and cannot be pulled`;
  return { code: "IMAGE_ARCHIVED", target, message, remedy: archivedRemedy(image) };
}

/** What brings an image back, or says when it is. */
export function archivedRemedy({ digest, status, registry, repository }: StoredImage): string {
  const place = `--region ${registry.region} --registry-id ${registry.account} --repository-name ${repository}`;
  return status === "ACTIVATING"
    ? `aws ecr describe-images ${place} --image-ids imageDigest=${digest}\nrun the same command again when that says ACTIVE, in 20 minutes at the most`
    : `aws ecr update-image-storage-class ${place} --image-id imageDigest=${digest} --target-storage-class STANDARD\nrun the same command again when it is restored, in 20 minutes at the most`;
}
