import { formOf } from "../release/planning/tag-form.ts";
import { versionsOfTags, type WantedTag, wantedTags } from "../release/planning/tags.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { TagTemplates } from "../release/request.ts";
import type { Promotable } from "./observed.ts";

type Tagged = Pick<Promotable, "tags" | "companions">;

/** The versions that an image bears, ascending. */
export function versionsOf({ tags }: Pick<Tagged, "tags">, templates: TagTemplates): string[] {
  return [...versionsOfTags(tags, templates.version).keys()].sort(compareVersions);
}

/**
 * The tags that an image takes along: what it is found by beside its digest; then those that were named, or else its
 * version and commit tags and the floating tags of its versions' lines. Any other tag stays where it is.
 */
export function promotedTags(
  image: Tagged,
  templates: TagTemplates,
  named: readonly string[] | undefined,
): WantedTag[] {
  const companions = image.companions.map(({ tag }) => tagOf(tag, "companion"));
  const own = named
    ? named.map((tag) => namedTag(tag, image, templates))
    : ownTags(image, templates);
  return [...companions, ...own].filter(
    ({ tag }, at, all) => all.findIndex((other) => other.tag === tag) === at,
  );
}

/**
 * All tags that a new repository's locks must fit, not only those promoted now: one that is made for a release candidate
 * takes its versions later.
 */
export function releaseTags(image: Tagged, templates: TagTemplates): WantedTag[] {
  const commits = templates.commit.map((template) => ({
    tag: template,
    kind: "commit" as const,
    template,
  }));
  return [...ownTags(image, templates), ...commits];
}

/** A tag that the templates know keeps its rules when it is named. */
function namedTag(tag: string, image: Tagged, templates: TagTemplates): WantedTag {
  const known = [...ownTags(image, templates), ...fixedTags([tag], templates)];
  return known.find((one) => one.tag === tag) ?? tagOf(tag, "named");
}

function ownTags(image: Tagged, templates: TagTemplates): WantedTag[] {
  const moving = versionsOf(image, templates).flatMap((version) =>
    floatingTags(version, templates),
  );
  return [...fixedTags(image.tags, templates), ...moving];
}

function fixedTags(tags: readonly string[], templates: TagTemplates): WantedTag[] {
  return (["version", "commit"] as const).flatMap((kind) =>
    templates[kind].flatMap((template) => {
      const form = formOf(template, kind);
      return tags.filter((tag) => form.test(tag)).map((tag) => ({ tag, kind, template }));
    }),
  );
}

/** Only templates that a version alone fills: branch, date and commit are not known any more. */
function floatingTags(version: string, templates: TagTemplates): WantedTag[] {
  if (isOfDirtyTree(version)) return [];
  const filled = (template: string) => !/\{(?:sha|branch|date)/.test(template);
  const moving = {
    ...{ version: [], commit: [], gitPrefix: "" },
    floating: templates.floating.filter(filled),
    channel: templates.channel.filter(filled),
  };
  const facts = { version, commit: "", committedAt: "", branch: null, worktree: null };
  return [...wantedTags(moving, facts).tags];
}

/** A release of a changed working tree moves no tag, and nor does its promotion. */
function isOfDirtyTree(version: string): boolean {
  return /(?:^|[-.])dirty-[0-9a-f]{8}/.test(version);
}

function tagOf(tag: string, kind: "companion" | "named"): WantedTag {
  return { tag, kind, template: tag };
}
