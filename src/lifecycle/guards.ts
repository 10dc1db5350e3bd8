import type { LifecycleImage } from "./image.ts";
import { compilePattern } from "./select.ts";
import { floatingTags, newestReleases } from "./tags.ts";
import { type Departure, isDeparture, type Verdict } from "./verdict.ts";

export const guardNames = ["in-use", "floating", "release", "share"] as const;

/** What must not go unnoticed: a running image, one with a floating tag, a recent release, too many at once. */
export type GuardName = (typeof guardNames)[number];

export interface Guards {
  /** Patterns of tags that move, beside those that are known by their form. */
  readonly floating: readonly string[];
  /** How many of the newest releases of each family are needed. */
  readonly releases: number;
  /** The share of a repository's images that may go, 0 to 1. */
  readonly maxShare: number;
  /** Guards that are overruled. */
  readonly allow: readonly GuardName[];
}

/** What holds where nothing else is said. */
export const usualGuards: Guards = { floating: [], releases: 3, maxShare: 0.5, allow: [] };

/** Why a policy is not put in place. */
export interface GuardRefusal {
  readonly guard: GuardName;
  readonly message: string;
  /** What overrules it. */
  readonly overrule: string;
  readonly digest?: string;
}

/** A needed image that goes later, where only time must pass. Times are milliseconds since 1970. */
export interface GuardWarning {
  readonly guard: GuardName;
  readonly message: string;
  readonly digest: string;
  readonly until: number;
}

export interface GuardFindings {
  readonly refusals: readonly GuardRefusal[];
  readonly warnings: readonly GuardWarning[];
}

/** The reference by which each image is known to be in use. */
export type InUseImages = ReadonlyMap<string, string>;

interface Need {
  readonly guard: GuardName;
  readonly because: string;
}

const words: Readonly<Record<Departure, string>> = {
  expires: "would expire",
  archived: "would be archived",
};

/**
 * The needed images that a policy's verdicts would take, by expiry or into the archive, where nobody can pull them. A
 * needed image needs the indexes that list it and all that it lists.
 */
export function checkGuards(
  images: readonly LifecycleImage[],
  verdicts: readonly Verdict[],
  inUse: InUseImages,
  settings: Guards,
): GuardFindings {
  const needs = needsOf(images, inUse, settings);
  const listed = new Set(images.flatMap(({ children }) => children));
  const refusals: GuardRefusal[] = [];
  const warnings: GuardWarning[] = [];
  for (const [at, image] of images.entries()) {
    const verdict = verdicts[at];
    const need = needs.get(image.digest);
    if (!verdict || !need) continue;
    const { guard, because } = need;
    const { digest } = image;
    if (isDeparture(verdict)) {
      const message = `${nameOf(image)} ${words[verdict.fate]}, and ${because}`;
      refusals.push({ guard, message, overrule: overrules[guard], digest });
    } else if (verdict.fate === "kept" && verdict.until !== undefined && !listed.has(digest)) {
      warnings.push({
        guard,
        message: `${nameOf(image)} goes later, and ${because}`,
        digest,
        until: verdict.until,
      });
    }
  }
  return { refusals: [...refusals, ...checkShare(images, verdicts, settings)], warnings };
}

const overrules: Readonly<Record<GuardName, string>> = {
  "in-use": "--allow in-use",
  floating: "--allow floating",
  release: "--releases N, or --allow release",
  share: "--max-share PERCENT, or --allow share",
};

/** An index and what it lists are one image to whoever pushed it. */
function checkShare(
  images: readonly LifecycleImage[],
  verdicts: readonly Verdict[],
  { maxShare, allow }: Guards,
): GuardRefusal[] {
  const listed = new Set(images.flatMap(({ children }) => children));
  const whole = verdicts.filter(({ digest }) => !listed.has(digest));
  const going = whole.filter(isDeparture).length;
  if (allow.includes("share") || going <= maxShare * whole.length) return [];
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const message = `${going} of ${whole.length} images would go, ${percent(going / whole.length)}, expected at most ${percent(maxShare)}`;
  return [{ guard: "share", message, overrule: overrules.share }];
}

/** The gravest need of each image. One that is overruled is none: it must not hide another of the same image. */
function needsOf(
  images: readonly LifecycleImage[],
  inUse: InUseImages,
  { floating, releases, allow }: Guards,
): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  const need = (digest: string, guard: GuardName, because: string) => {
    if (!allow.includes(guard)) needs.set(digest, { guard, because });
  };
  const moving = floatingTags(images.flatMap(({ tags }) => tags));
  const patterns = floating.map(compilePattern);
  const isFloating = (tag: string) => moving.has(tag) || patterns.some((fits) => fits(tag));
  for (const [digest, tag] of newestReleases(images, releases)) {
    need(digest, "release", `release ${tag} is one of the last ${releases}`);
  }
  for (const { digest, tags } of images) {
    const tag = tags.find(isFloating);
    if (tag !== undefined) need(digest, "floating", `${tag} points to it`);
  }
  for (const [digest, reference] of inUse) {
    need(digest, "in-use", `it is in use as ${reference}`);
  }
  return withRelatives(images, needs);
}

/** Extends each need to the indexes above the image and to all that is below it. */
function withRelatives(
  images: readonly LifecycleImage[],
  needs: ReadonlyMap<string, Need>,
): ReadonlyMap<string, Need> {
  const pairs = images.flatMap(({ digest, children }) =>
    children.map((child) => ({ index: digest, child })),
  );
  const above = Map.groupBy(pairs, ({ child }) => child);
  const below = Map.groupBy(pairs, ({ index }) => index);
  const indexesOf = (digest: string) => (above.get(digest) ?? []).map(({ index }) => index);
  const childrenOf = (digest: string) => (below.get(digest) ?? []).map(({ child }) => child);
  const bySeverity = [...needs].sort(([, a], [, b]) => rank(a) - rank(b));
  return new Map([...spread(bySeverity, childrenOf), ...spread(bySeverity, indexesOf), ...needs]);
}

function rank({ guard }: Need): number {
  return guardNames.indexOf(guard);
}

function spread(
  needs: readonly (readonly [digest: string, need: Need])[],
  next: (digest: string) => readonly string[],
): ReadonlyMap<string, Need> {
  const reached = new Map<string, Need>(needs);
  const waiting = [...needs];
  for (const [digest, need] of waiting) {
    for (const relative of next(digest)) {
      if (reached.has(relative)) continue;
      reached.set(relative, need);
      waiting.push([relative, need]);
    }
  }
  return reached;
}

function nameOf({ digest, tags }: LifecycleImage): string {
  const short = digest.slice(0, "sha256:".length + 12);
  return tags.length === 0 ? short : `${tags.slice(0, 3).join(", ")} (${short})`;
}
