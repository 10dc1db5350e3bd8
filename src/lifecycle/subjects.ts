import type { LifecycleImage } from "./image.ts";
import { isDeparture, type Verdict } from "./verdict.ts";

/**
 * A referrer goes the way of its subject where its own rules are milder, and what refers to it goes with
 * it. One that an index lists stays as long as the index does.
 */
export function followSubjects(
  images: readonly LifecycleImage[],
  listing: ReadonlyMap<string, readonly string[]>,
  verdicts: Map<string, Verdict>,
): void {
  const subjects = new Map(
    images.flatMap(({ digest, subject }) =>
      subject === undefined || listing.has(digest) ? [] : [[digest, subject]],
    ),
  );
  const settled = new Set<string>();
  for (const { digest } of images) {
    const chain = chainFrom(digest, subjects, settled);
    for (const referrer of chain.reverse()) {
      const subject = verdicts.get(subjects.get(referrer) ?? "");
      const own = verdicts.get(referrer);
      if (own && subject) verdicts.set(referrer, follow(own, subject, listing));
    }
  }
}

/** The image, its subject, the subject's subject, up to the first that is settled; they are then, too. */
function chainFrom(
  digest: string,
  subjects: ReadonlyMap<string, string>,
  settled: Set<string>,
): string[] {
  const chain: string[] = [];
  let at: string | undefined = digest;
  while (at !== undefined && !settled.has(at)) {
    settled.add(at);
    chain.push(at);
    at = subjects.get(at);
  }
  return chain;
}

function follow(
  own: Verdict,
  subject: Verdict,
  listing: ReadonlyMap<string, readonly string[]>,
): Verdict {
  const { digest } = own;
  if (isDeparture(subject)) {
    const isMilder = own.fate === "kept" || (own.fate === "archived" && subject.fate === "expires");
    const { fate, since } = subject;
    return isMilder ? { digest, fate, because: "subject", subject: subject.digest, since } : own;
  }
  if (own.fate !== "kept" || subject.fate !== "kept" || listing.has(subject.digest)) return own;
  const { until } = subject;
  if (until === undefined || until >= (own.until ?? Number.POSITIVE_INFINITY)) return own;
  return { ...own, until, with: subject.digest };
}
