import type { LifecycleImage } from "./image.ts";
import { floatingTags } from "./tags.ts";

const day = 86_400_000;

/** What is pushed, again and again: every `period` milliseconds the same, each image at its own offset. */
export interface Cadence {
  readonly period: number;
  readonly pushes: readonly { readonly offset: number; readonly image: LifecycleImage }[];
  /** Tags that move to the newest image that has them. */
  readonly floating: ReadonlySet<string>;
}

/** So many images a day; the tag is completed by a number, and `undefined` pushes without one. */
export interface PushRate {
  readonly tag: string | undefined;
  readonly perDay: number;
  /** Bytes. */
  readonly size: number;
}

const longestPeriodDays = 28;

/**
 * The pushes of the last weeks, four at most: what the repository still has of them. What its policy
 * took already is not seen, so short-lived images are underestimated.
 */
export function measureCadence(images: readonly LifecycleImage[], now: number): Cadence {
  const oldest = images.reduce((time, { pushedAt }) => Math.min(time, pushedAt), now);
  const days = Math.min(longestPeriodDays, Math.max(1, Math.ceil((now - oldest) / day)));
  const start = now - days * day;
  const pushes = images
    .filter(({ pushedAt }) => pushedAt > start && pushedAt <= now)
    .map((image) => ({ offset: image.pushedAt - start, image }));
  return { period: days * day, pushes, floating: floatingTags(images.flatMap(({ tags }) => tags)) };
}

/** Pushes spread evenly, by rates; repeated every four weeks, so that rates of one in days are met. */
export function cadenceOf(rates: readonly PushRate[]): Cadence {
  const pushes = rates.flatMap(({ tag, perDay, size }, kind) => {
    const count = Math.round(perDay * longestPeriodDays);
    return Array.from({ length: count }, (_, at) => {
      const offset = ((at + 1) / count) * longestPeriodDays * day;
      const image: LifecycleImage = {
        digest: `push-${kind}-${at}`,
        tags: tag === undefined ? [] : [`${tag}${at}`],
        pushedAt: offset,
        size,
        status: "active",
        children: [],
      };
      return { offset, image };
    });
  });
  return { period: longestPeriodDays * day, pushes, floating: new Set() };
}

/**
 * The images that come after `from` and not after `to`, milliseconds since `start`. They are copies of the
 * measured ones: their digests carry the number of the repetition, their fixed tags stay as they are, for
 * rules look at their form alone.
 */
export function pushesBetween(
  { period, pushes }: Cadence,
  start: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly LifecycleImage[] {
  const known = new Set(pushes.map(({ image }) => image.digest));
  const first = Math.max(0, Math.floor(from / period) - 1);
  const last = Math.floor(to / period);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at).flatMap((round) =>
    pushes.flatMap(({ offset, image }) => {
      const at = round * period + offset;
      if (at <= from || at > to) return [];
      return [repeated(image, start + at, `+${round + 1}`, known)];
    }),
  );
}

function repeated(
  image: LifecycleImage,
  pushedAt: number,
  suffix: string,
  known: ReadonlySet<string>,
): LifecycleImage {
  const { digest, tags, size, children, subject } = image;
  const again = (other: string) => (known.has(other) ? `${other}${suffix}` : other);
  return {
    digest: `${digest}${suffix}`,
    tags,
    pushedAt,
    size,
    status: "active",
    children: children.map(again),
    ...(subject !== undefined && { subject: again(subject) }),
  };
}
