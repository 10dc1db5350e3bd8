import type { NewRepository, Repository } from "../../ecr/types.ts";
import type { RepositorySettings } from "../request.ts";
import { isFixed, type WantedTag } from "./tags.ts";

interface Setting {
  readonly mutability: NewRepository["mutability"];
  readonly mutabilityExclusions: readonly string[];
}

/** ECR takes at most this many exclusion filters (aws_ecr_repository, imageTagMutabilityExclusionFilters). */
const maxFilters = 5;

/** Whether ECR would refuse to move this tag once it exists: `*` in a filter stands for any characters. */
export function isLocked({ mutability, mutabilityExclusions }: Setting, tag: string): boolean {
  const excluded = mutabilityExclusions.some((filter) => matches(filter, tag));
  if (mutability === "IMMUTABLE") return true;
  if (mutability === "IMMUTABLE_WITH_EXCLUSION") return !excluded;
  return mutability === "MUTABLE_WITH_EXCLUSION" && excluded;
}

/**
 * The setting nearest to this one that leaves a tag free which it locks; `undefined` where that takes more filters than
 * ECR has.
 */
export function freed(
  { mutability, mutabilityExclusions }: Setting,
  tag: string,
): Setting | undefined {
  if (mutability === "MUTABLE_WITH_EXCLUSION") {
    const filters = mutabilityExclusions.filter((filter) => !matches(filter, tag));
    return filters.length === 0
      ? { mutability: "MUTABLE", mutabilityExclusions: [] }
      : { mutability, mutabilityExclusions: filters };
  }
  const filters = [...mutabilityExclusions, tag];
  if (filters.length > maxFilters) return undefined;
  return { mutability: "IMMUTABLE_WITH_EXCLUSION", mutabilityExclusions: filters };
}

/** What a person types to give a repository this setting. */
export function settingCommand(
  region: string,
  { name, registryId }: Pick<Repository, "name" | "registryId">,
  { mutability, mutabilityExclusions: filters }: Setting,
): string {
  return [
    `aws ecr put-image-tag-mutability --region ${region} --registry-id ${registryId}`,
    `--repository-name ${name} --image-tag-mutability ${mutability}`,
    ...(filters.length > 0 ? ["--image-tag-mutability-exclusion-filters"] : []),
    ...filters.map((filter) => `'filterType=WILDCARD,filter=${filter}'`),
  ].join(" ");
}

/** What is to be done where `freed` has no answer. */
export function noFilterLeft({ mutabilityExclusions: filters }: Setting, tag: string): string {
  return `ECR takes no filter more than ${filters.join(", ")}: put one of them out for ${tag}, by aws ecr put-image-tag-mutability`;
}

/**
 * The settings of a repository that a release makes. Where the file does not say, version and commit
 * tags are locked by their shapes and floating tags stay free: `MUTABLE_WITH_EXCLUSION`.
 */
export function newRepository(
  settings: RepositorySettings,
  tags: readonly WantedTag[],
): NewRepository {
  const { scanOnPush, encryption, resourceTags, mutability, mutabilityExclusions } = settings;
  const setting = mutability ? { mutability, mutabilityExclusions } : usualSetting(tags);
  return { ...setting, scanOnPush, encryption, resourceTags };
}

/** Version and commit tags locked by their shapes, as far as that leaves every floating tag free. */
export function usualSetting(tags: readonly WantedTag[]): Setting {
  const shapes = [...new Set(tags.flatMap(shapeOf))].slice(0, maxFilters);
  const floating = tags.filter((wanted) => !isFixed(wanted));
  const free = shapes.filter((shape) => !floating.some(({ tag }) => matches(shape, tag)));
  if (free.length === 0) return { mutability: "MUTABLE", mutabilityExclusions: [] };
  return { mutability: "MUTABLE_WITH_EXCLUSION", mutabilityExclusions: free };
}

/**
 * The filters that an existing repository needs so that this release's version and commit tags are locked
 * too, such as the first of a new major; `undefined` when nothing is missing, or when its filters are not of
 * the kind that a release makes. Beyond five the filter of the lowest major gives way, but for one of this release: of an
 * image with many versions the highest majors stay, so that a second run finds them in place.
 */
export function widenedFilters(
  { mutability, mutabilityExclusions: filters }: Setting,
  tags: readonly WantedTag[],
): readonly string[] | undefined {
  if (mutability !== "MUTABLE_WITH_EXCLUSION") return undefined;
  const shapes = [...new Set(tags.flatMap(shapeOf))];
  const missing = shapes.filter((shape) => !filters.includes(shape));
  if (!shapes.some((shape) => filters.includes(shape))) return undefined;
  const all = [...filters, ...missing];
  const isOwn = (filter: string) => Number(shapes.includes(filter));
  const majors = all.filter(isMajorShape).sort((a, b) => isOwn(b) - isOwn(a) || byMajor(b, a));
  const dropped = new Set(majors.slice(Math.max(0, majors.length + maxFilters - all.length)));
  const widened = all.filter((filter) => !dropped.has(filter));
  const isNew = widened.length <= maxFilters && widened.some((filter) => !filters.includes(filter));
  return isNew ? widened : undefined;
}

function isMajorShape(filter: string): boolean {
  return /^\D*\d+\.\*\.\*$/.test(filter);
}

function byMajor(a: string, b: string): number {
  return Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]);
}

/** `1.4.0` by `{version}` → `1.*.*`, `sha-0a1b…` by `sha-{sha:12}` → `sha-*`: two wildcards are all a filter may have. */
function shapeOf({ kind, tag, template }: WantedTag): string[] {
  const [before = ""] = template.split("{");
  if (kind === "commit" && template.startsWith(`${before}{sha`) && before !== "")
    return [`${before}*`];
  if (kind !== "version" || template !== `${before}{version}`) return [];
  const major = tag.slice(before.length).split(".")[0];
  return [`${before}${major}.*.*`];
}

function matches(filter: string, tag: string): boolean {
  const pattern = filter.replace(/[.\\+?^${}()|[\]]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${pattern}$`).test(tag);
}
