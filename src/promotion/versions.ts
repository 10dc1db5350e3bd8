import type { FoundManifest } from "../ecr/types.ts";
import type { Digest } from "../oci/reference.ts";
import { annotationsOf, versionAnnotation } from "../release/planning/identity.ts";
import { compareVersions, parseVersion } from "../release/planning/version.ts";
import type { TagTemplates } from "../release/request.ts";
import type { RolledBack } from "../release/rolled-back.ts";
import type { FoundDestination } from "./observed.ts";
import { versionsOf } from "./tags.ts";

type Known = Pick<FoundDestination, "place" | "images" | "found" | "rolledBack">;

/**
 * The versions of an image by all that is known of it, ascending: by the tags that it bears at the destination and
 * where images come from; for want of any, by its own annotation.
 */
export function knownVersionsOf(
  digest: Digest,
  { place, images, found }: Omit<Known, "rolledBack">,
  templates: TagTemplates,
): string[] {
  const places = [place, ...images.map((image) => image.place)];
  const same = places.flatMap((one) => one.images.filter((image) => image.digest === digest));
  const tagged = versionsOf({ tags: same.flatMap(({ tags }) => tags) }, templates);
  const own = found.get(digest);
  return tagged.length > 0 || own === undefined ? tagged : versionSaid(own);
}

function versionSaid(manifest: FoundManifest): string[] {
  const version = parseVersion(annotationsOf(manifest)[versionAnnotation] ?? "");
  return version === undefined ? [] : [version];
}

/**
 * The rollback that holds a tag at the destination. Where no tag there names the version that it was rolled back
 * from, other places may.
 */
export function holdOf(tag: string, at: Known, templates: TagTemplates): RolledBack | undefined {
  const hold = at.rolledBack.find((one) => one.tag === tag);
  if (hold === undefined) return undefined;
  const left = hold.left.flatMap((digest) => knownVersionsOf(digest, at, templates));
  const newerThan = [...left, ...(hold.newerThan ? [hold.newerThan] : [])]
    .sort(compareVersions)
    .at(-1);
  return { ...hold, ...(newerThan !== undefined && { newerThan }) };
}
