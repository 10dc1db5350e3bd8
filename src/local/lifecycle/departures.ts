import { evaluatePolicy } from "../../lifecycle/evaluate.ts";
import type { LifecycleImage } from "../../lifecycle/image.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { Digest } from "../../oci/reference.ts";
import { type Image, type Repository, type RepositoryEvent, statusOf } from "../repository.ts";

const statuses = { ACTIVE: "active", ACTIVATING: "activating", ARCHIVED: "archived" } as const;

/** The images of a repository as lifecycle rules see them, in the order of their pushes. */
export function lifecycleImages({ images }: Repository, now: number): LifecycleImage[] {
  return [...images.values()].map((image) => lifecycleImage(image, now));
}

function lifecycleImage(image: Image, now: number): LifecycleImage {
  const { digest, tags, pushedAt, size, children, subject } = image;
  const { pulledAt, archivedAt, activatedAt } = image;
  return {
    digest,
    tags: [...tags],
    pushedAt,
    size,
    children,
    status: statuses[statusOf(image, now)],
    ...(pulledAt !== undefined && { pulledAt }),
    ...(archivedAt !== undefined && { archivedAt }),
    ...(activatedAt !== undefined && { activatedAt }),
    ...(subject !== undefined && { subject }),
  };
}

/**
 * What one run of a repository's policy does at the time `now`: images expire or are archived, their referrers with
 * them. What an index lists stays until a later run finds the index gone.
 */
export function departuresOf(
  repository: Repository,
  policy: LifecyclePolicy,
  now: number,
): RepositoryEvent[] {
  const verdicts = evaluatePolicy(policy, lifecycleImages(repository, now), now);
  return verdicts.flatMap(({ digest: name, fate }): RepositoryEvent[] => {
    const digest = name as Digest;
    if (fate === "expires") return [{ did: "drop-image", digest }];
    return fate === "archived" ? [{ did: "archive", digest, at: now }] : [];
  });
}
