import type { FoundManifest, ImageId, ImageSummary } from "../../ecr/types.ts";
import type { GitFacts } from "../../git/repository.ts";
import type { Digest } from "../../oci/reference.ts";
import type { TargetFacts } from "../observed.ts";
import type { Request } from "../request.ts";
import { versionAnnotation } from "./identity.ts";
import { knownVersions } from "./subject.ts";
import { renderVersion, type WantedTag } from "./tags.ts";
import { compareVersions, parseVersion, versionsOfGitTags } from "./version.ts";

/** Two questions to ECR; of an older version a floating tag is kept, for nobody says which one it is. */
const maxVersions = 200;

/**
 * The tags that are asked for one by one where the images may not be listed: the release's own, and those of
 * the versions that git tags name, the newest ones.
 */
export function tagsToAsk(
  { tags: { version, gitPrefix } }: Request,
  git: Pick<GitFacts, "tags">,
  { tags }: { readonly tags: readonly Pick<WantedTag, "tag">[] },
): string[] {
  const versions = versionsOfGitTags(git.tags, gitPrefix).sort(compareVersions);
  const [template = "{version}"] = version;
  const newest = versions.slice(-maxVersions).map((known) => renderVersion(template, known));
  return [...new Set([...tags.map(({ tag }) => tag), ...newest])];
}

/** The question for these tags. What another version has in the archive cannot be read, and need not be. */
export function askedFor(
  tags: readonly string[],
  own: readonly Pick<WantedTag, "tag">[],
): ImageId[] {
  const strictly = new Set(own.map(({ tag }) => tag));
  return tags.map((tag) => (strictly.has(tag) ? { tag } : { tag, ifActive: true }));
}

/** The images under tags that were asked for, as a list would show them; when they were pushed nobody said. */
export function summariesOf(found: readonly FoundManifest[]): ImageSummary[] {
  const digests = Map.groupBy(found, ({ digest }) => digest);
  return [...digests].map(([digest, same]) => ({
    digest,
    tags: same.flatMap(({ tag }) => tag ?? []),
    status: "ACTIVE",
    pushedAt: new Date(0).toISOString(),
  }));
}

/** The highest version that an image has, by its version tags or, for want of one, by its own annotation. */
export function versionOf(
  request: Request,
  facts: Pick<TargetFacts, "images" | "held">,
  digest: Digest,
): string | undefined {
  const tags = facts.images.filter((image) => image.digest === digest);
  const tagged = [...knownVersions(request, { images: tags }).keys()].sort(compareVersions).at(-1);
  const said = facts.held.find((held) => held.digest === digest)?.annotations[versionAnnotation];
  return tagged ?? (said === undefined ? undefined : parseVersion(said));
}
