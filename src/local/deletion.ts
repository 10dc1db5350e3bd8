import { type Image, parentsOf, type Repository, type RepositoryEvent } from "./repository.ts";

/**
 * What deleting an image means. By its digest it goes with all its tags; by a tag only that tag goes, and the image
 * with its last tag. While an index lists the image it stays.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
 */
export function deletionOf(
  repository: Repository,
  image: Image,
  tag: string | undefined,
): RepositoryEvent[] | "referenced" {
  if (tag !== undefined && image.tags.size > 1) return [{ did: "untag", tag }];
  if (parentsOf(repository, image.digest).length > 0) return "referenced";
  return [{ did: "drop-image", digest: image.digest }];
}

/** As the distribution specification has it: a tag goes alone, and nothing keeps a manifest. */
export function specDeletionOf({ digest }: Image, tag: string | undefined): RepositoryEvent[] {
  return tag === undefined ? [{ did: "drop-image", digest }] : [{ did: "untag", tag }];
}
