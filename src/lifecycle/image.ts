/** An image of a repository, as lifecycle rules see it. Times are milliseconds since 1970. */
export interface LifecycleImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  /** The last recorded pull; absent when it was never pulled. ECR keeps it to the day. */
  readonly pulledAt?: number;
  readonly archivedAt?: number;
  /** When it was last restored from the archive. */
  readonly activatedAt?: number;
  /** Bytes. */
  readonly size: number;
  readonly status: "active" | "archived" | "activating";
  /** The digests that an index lists. */
  readonly children: readonly string[];
  /** The digest that a referrer (a signature, an attestation) refers to. */
  readonly subject?: string;
}

const statuses = new Map<unknown, LifecycleImage["status"]>([
  ["ACTIVE", "active"],
  ["ARCHIVED", "archived"],
  ["ACTIVATING", "activating"],
]);

/** ECR's word for whether an image can be pulled, in ours; a word that we do not know counts as one that can. */
export function imageStatus(word: unknown): LifecycleImage["status"] {
  return statuses.get(word) ?? "active";
}

/**
 * The time that ECR orders images by and measures their age from: the push, or the last restoration of
 * an image that was archived once, or the archiving of one that is archived now (Amazon ECR user guide,
 * "Lifecycle policy evaluation rules").
 */
export function orderTime(image: LifecycleImage): number {
  if (image.status === "archived") return image.archivedAt ?? image.pushedAt;
  return image.activatedAt ?? image.pushedAt;
}

/** The time that `sinceImagePulled` measures from: never pulled since it is here counts as the push. */
export function pullTime(image: LifecycleImage): number {
  const here = image.activatedAt ?? image.pushedAt;
  if (image.pulledAt === undefined) return here;
  const wasRestoredSince = image.activatedAt !== undefined && image.activatedAt > image.pulledAt;
  return wasRestoredSince ? here : image.pulledAt;
}

/**
 * The newest first. ECR does not say how it orders images of the same time; here the digest does, so
 * that the outcome never depends on the order in which images are listed.
 */
export function newestFirst(a: LifecycleImage, b: LifecycleImage): number {
  const byTime = orderTime(b) - orderTime(a);
  if (byTime !== 0 || a.digest === b.digest) return byTime;
  return a.digest < b.digest ? 1 : -1;
}
