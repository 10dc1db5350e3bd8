import type { Digest } from "../oci/reference.ts";
import { Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Registry } from "./state.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const imagesPerRepository = 100_000;
const tagsPerImage = 1000;

/**
 * Refuses a push that would go beyond what a repository or an image may hold. Archived images do not count. Throws
 * LimitExceededException in the words of ECR's pushes (vllm-project/vllm#48065, medic/cht-core#11099).
 */
export function verifyQuotas(
  { account }: Pick<Registry, "account">,
  { name, images }: Pick<Repository, "name" | "images">,
  { digest, tags }: { readonly digest: Digest; readonly tags: readonly string[] },
): void {
  const known = images.get(digest);
  const where = `repository with name '${name}' in registry with id '${account}'`;
  if ((!known || known.isArchived) && isFull(images)) {
    const holds = `already has the maximum allowed number of images which is '${imagesPerRepository}'`;
    throw new Refusal("LimitExceededException", `The ${where} ${holds}`);
  }
  const added = tags.filter((tag) => !known?.tags.has(tag));
  const beyond = added[Math.max(0, tagsPerImage - (known?.tags.size ?? 0))];
  if (beyond === undefined) return;
  throw new Refusal(
    "LimitExceededException",
    `Adding tag '${beyond}' to an image in the ${where} exceeds the maximum allowed number of tags per image which is '${tagsPerImage}'`,
  );
}

function isFull(images: Repository["images"]): boolean {
  if (images.size < imagesPerRepository) return false;
  const unarchived = [...images.values()].filter(({ isArchived }) => !isArchived);
  return unarchived.length >= imagesPerRepository;
}
