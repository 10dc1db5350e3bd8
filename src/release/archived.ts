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
  const { digest, status, registry, repository } = image;
  const place = `--region ${registry.region} --registry-id ${registry.account} --repository-name ${repository}`;
  const at = { code: "IMAGE_ARCHIVED", target } as const;
  if (status === "ACTIVATING") {
    const message = `${what} is being restored from the archive and cannot be pulled yet`;
    const remedy = `aws ecr describe-images ${place} --image-ids imageDigest=${digest}\nrun the same command again when that says ACTIVE, in 20 minutes at the most`;
    return { ...at, message, remedy };
  }
  const message = `${what} is archived and cannot be pulled`;
  const remedy = `aws ecr update-image-storage-class ${place} --image-id imageDigest=${digest} --target-storage-class STANDARD\nrun the same command again when it is restored, in 20 minutes at the most`;
  return { ...at, message, remedy };
}
