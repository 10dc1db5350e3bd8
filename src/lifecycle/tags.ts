/** A tag that names one release: `1.4.0`, `v1.4.0`, `api-1.4.0`, with build metadata `1.4.0_7`; no prerelease. */
export interface ReleaseTag {
  /** What stands before the version: releases of different families do not compare. */
  readonly family: string;
  readonly version: readonly [major: number, minor: number, patch: number];
}

const releaseForm =
  /^((?:[A-Za-z][A-Za-z0-9]*[-_.])*v?)(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:_[A-Za-z0-9.-]+)?$/;
const lineForm = /^((?:[A-Za-z][A-Za-z0-9]*[-_.])*v?)(\d{1,9})(?:\.(\d{1,9}))?$/;

const movingNames = new Set([
  ...["latest", "stable", "current", "edge", "nightly", "lts"],
  ...["main", "master", "develop"],
  ...["prod", "production", "staging", "live"],
]);

/** The release that a tag names, such as `v1.4.0` or `payments-1.4.0`; `undefined` where it names none. */
export function releaseOf(tag: string): ReleaseTag | undefined {
  const found = releaseForm.exec(tag);
  if (!found) return undefined;
  const [, family = "", major, minor, patch] = found;
  return { family, version: [Number(major), Number(minor), Number(patch)] };
}

/** Semantic versioning's precedence, without prereleases. */
function compareReleases({ version: a }: ReleaseTag, { version: b }: ReleaseTag): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * The tags of a repository that move from image to image: well-known names, and `1` or `1.4` where there
 * are releases of that line (else they may be build numbers).
 */
export function floatingTags(tags: Iterable<string>): ReadonlySet<string> {
  const all = [...tags];
  const lines = new Set(
    all.flatMap((tag) => {
      const release = releaseOf(tag);
      if (!release) return [];
      const { family, version } = release;
      return [`${family}${version[0]}`, `${family}${version[0]}.${version[1]}`];
    }),
  );
  return new Set(
    all.filter((tag) => movingNames.has(tag) || (lineForm.test(tag) && lines.has(tag))),
  );
}

interface Tagged {
  readonly digest: string;
  readonly tags: readonly string[];
}

/**
 * The digests of the newest `count` releases of each family, by version and not by date of push. An image with one version
 * under several tags (`1.4.0` and `1.4.0_7`) is one release.
 */
export function newestReleases(
  images: readonly Tagged[],
  count: number,
): ReadonlyMap<string, string> {
  const releases = images.flatMap(({ digest, tags }) =>
    tags.flatMap((tag) => {
      const release = releaseOf(tag);
      return release ? [{ digest, tag, release }] : [];
    }),
  );
  const families = Map.groupBy(releases, ({ release }) => release.family);
  const newest = [...families.values()].flatMap((family) => {
    const each = Map.groupBy(family, ({ digest, release }) => `${release.version} ${digest}`);
    return [...each.values()]
      .flatMap((same) => same.slice(0, 1))
      .toSorted((a, b) => compareReleases(b.release, a.release))
      .slice(0, count);
  });
  return new Map(newest.map(({ digest, tag }) => [digest, tag]));
}
